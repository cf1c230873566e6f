using System.Text.Json;

namespace IssuerGateway.Tls.Issuance.Stores;

/// <summary>What a store holds: the state; or why it could not be read, which the next look may change; or what only a newer version can read.</summary>
internal sealed record StoredState(AcmeState? State, string? Fault)
{
    /// <summary>What is damaged and which name it gets when the next state is written. The state is then null.</summary>
    public string? Damaged { get; init; }

    /// <summary>Whether a newer version of the gateway wrote it: it is left alone.</summary>
    public bool IsOfNewerVersion { get; init; }

    public static StoredState Failed(string fault) => new(null, fault);

    /// <param name="where">What holds the text.</param>
    /// <param name="aside">What it is called once it is replaced, if it is damaged.</param>
    public static StoredState Of(ReadOnlySpan<byte> text, string where, string aside)
    {
        (AcmeState? state, int? newerVersion) = AcmeStateText.Read(text);
        return newerVersion is { } version
            ? Failed($"{where} was written by a newer issuer-gateway (state version {version}, this one reads {AcmeState.CurrentVersion}): run that version again, or remove the state to start without account and orders") with { IsOfNewerVersion = true }
            : new StoredState(state, null) { Damaged = state is null ? aside : null };
    }
}

/// <summary>The state as it is written in every store.</summary>
internal static class AcmeStateText
{
    public const int MaxBytes = 900 * 1024;

    public static byte[] Write(AcmeState state) => JsonSerializer.SerializeToUtf8Bytes(state, AcmeStateJson.Default.AcmeState);

    public static bool AreEqual(AcmeState a, AcmeState b) => ReferenceEquals(a, b) || Write(a).AsSpan().SequenceEqual(Write(b));

    /// <summary>The state, or the version of the gateway's newer state, or neither when it is damaged. Members that are not known are ignored.</summary>
    public static (AcmeState? State, int? NewerVersion) Read(ReadOnlySpan<byte> text)
    {
        try
        {
            Utf8JsonReader reader = new(text);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("version", out JsonElement version)
                && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out int number) && number > AcmeState.CurrentVersion)
            {
                return (null, number);
            }

            return (JsonSerializer.Deserialize(text, AcmeStateJson.Default.AcmeState) is { Version: AcmeState.CurrentVersion } state && IsWhole(state) ? state : null, null);
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    // Nullable annotations do not reach into dictionaries.
    private static bool IsWhole(AcmeState state) =>
        state.Accounts.Values.All(account => account is not null) && state.Hosts.Values.All(host => host is not null);
}
