using System.Text.Json;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tls.Issuance;

/// <summary>What a store holds: the state and whether it differs from the last one seen, or why it could not be read.</summary>
internal sealed record StoredState(AcmeState? State, string? Fault)
{
    /// <summary>What was found broken and put aside; the state is then empty.</summary>
    public string? SetAside { get; init; }

    public static StoredState Failed(string fault) => new(null, fault);
}

/// <summary>
/// Where account, orders and certificates outlive the process. Only the leader writes. Every failure is a text for the
/// operator; what is broken is put aside once and replaced, never stumbled over again.
/// </summary>
internal interface IAcmeStore
{
    /// <summary>How an operator calls it, with the key of its setting.</summary>
    string Description { get; }

    /// <summary>How long after a save another replica may still answer from what it read before.</summary>
    TimeSpan PropagationDelay { get; }

    Task<StoredState> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Null when written, else the fault.</summary>
    Task<string?> SaveAsync(AcmeState state, CancellationToken cancellationToken);

    /// <summary>Null when there is none; an unreadable one is an offer with a fault.</summary>
    Task<CertificateCandidate?> ReadCertificateAsync(string host, CancellationToken cancellationToken);

    /// <summary>Null when written, else the fault.</summary>
    Task<string?> WriteCertificateAsync(string host, string chainPem, string keyPem, CancellationToken cancellationToken);

    /// <summary>Moves a certificate that cannot be served out of the way.</summary>
    Task SetAsideCertificateAsync(string host, CancellationToken cancellationToken);
}

/// <summary>The state as it stands in every store.</summary>
internal static class AcmeStateText
{
    public const int MaxBytes = 900 * 1024;

    public static byte[] Write(AcmeState state) => JsonSerializer.SerializeToUtf8Bytes(state, AcmeStateJson.Default.AcmeState);

    /// <summary>Null when it is not what this version writes.</summary>
    public static AcmeState? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, AcmeStateJson.Default.AcmeState) is { Version: AcmeState.CurrentVersion } state && IsWhole(state) ? state : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Nullable annotations do not reach into dictionaries.
    private static bool IsWhole(AcmeState state) =>
        state.Accounts.Values.All(account => account is not null) && state.Hosts.Values.All(host => host is not null);
}
