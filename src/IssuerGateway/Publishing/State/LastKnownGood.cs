using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.State;

/// <summary>The last good pair of an issuer as it stands on disk, with the time of its last confirmation.</summary>
internal sealed record LastKnownGood
{
    public const int CurrentVersion = StateFile.Version;

    /// <summary>RFC 9111 §1.2.2: what a cache takes for a larger number of seconds.</summary>
    private const double MaxMaxAgeSeconds = int.MaxValue;

    public required int Version { get; init; }

    public required string Issuer { get; init; }

    public required DateTimeOffset ConfirmedAt { get; init; }

    public required double? MaxAgeSeconds { get; init; }

    public required byte[] Discovery { get; init; }

    public required byte[] KeySet { get; init; }

    /// <summary>SHA-256 of this record without it: a disk that changes one bit of a key must not publish another key.</summary>
    public string Digest { get; init; } = "";

    public static LastKnownGood Of(IssuerIdentifier issuer, DiscoveryDocument discovery, KeySet keys, TimeSpan? maxAge, DateTimeOffset confirmedAt) => new()
    {
        Version = CurrentVersion,
        Issuer = issuer.Value,
        ConfirmedAt = confirmedAt,
        MaxAgeSeconds = maxAge?.TotalSeconds,
        Discovery = discovery.Bytes.ToArray(),
        KeySet = keys.Bytes.ToArray(),
    };

    public LastKnownGood Sealed() => this with { Digest = DigestOf(this) };

    /// <summary>Whether every value is one that the gateway wrote.</summary>
    [JsonIgnore]
    public bool IsIntact => Digest == DigestOf(this);

    [JsonIgnore]
    public TimeSpan? MaxAge => MaxAgeSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Whether the max-age is one that an API server could have sent.</summary>
    [JsonIgnore]
    public bool HasPossibleMaxAge => MaxAgeSeconds is null or (>= 0 and <= MaxMaxAgeSeconds);

    private static string DigestOf(LastKnownGood content) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content with { Digest = "" }, LastKnownGoodJson.Default.LastKnownGood)));
}

/// <summary>The form of the file.</summary>
internal static class LastKnownGoodText
{
    public static byte[] Write(LastKnownGood content) => JsonSerializer.SerializeToUtf8Bytes(content.Sealed(), LastKnownGoodJson.Default.LastKnownGood);

    /// <summary>The documents if they were written for this issuer by a gateway, else what was found.</summary>
    public static LastKnownGood? ReadFor(IssuerIdentifier issuer, byte[] text, out string? found)
    {
        LastKnownGood? stored = Read(text);
        found = stored switch
        {
            null => "not in the format in which the gateway writes it",
            { Version: LastKnownGood.CurrentVersion } when stored.Issuer == issuer.Value => stored.IsIntact || StateSeal.IsIntact(text) ? null : "changed since the gateway wrote it: its digest does not match",
            _ => $"written by another version or for another issuer, expected version {LastKnownGood.CurrentVersion}",
        };
        return found is null ? stored : null;
    }

    /// <summary>Null when it has not the form in which the gateway writes it.</summary>
    public static LastKnownGood? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, LastKnownGoodJson.Default.LastKnownGood) is { HasPossibleMaxAge: true } stored ? stored : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(LastKnownGood))]
[JsonSourceGenerationOptions(WriteIndented = true, RespectNullableAnnotations = true)]
internal sealed partial class LastKnownGoodJson : JsonSerializerContext;
