using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using IssuerGateway.Files;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>The last good pair of an issuer as it stands on disk, with the time of its last confirmation.</summary>
internal sealed record LastKnownGood
{
    public const int CurrentVersion = 1;

    // RFC 9111 §1.2.2: a max-age need not be understood beyond 2^31.
    private const double MostSeconds = int.MaxValue;

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
    public bool IsIntact => Digest == DigestOf(this) && MaxAgeSeconds is null or (>= 0 and <= MostSeconds);

    private static string DigestOf(LastKnownGood content) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content with { Digest = "" }, LastKnownGoodJson.Default.LastKnownGood)));
}

[JsonSerializable(typeof(LastKnownGood))]
[JsonSourceGenerationOptions(WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
internal sealed partial class LastKnownGoodJson : JsonSerializerContext;

/// <summary>
/// Keeps one file an issuer so that both documents are replaced as one. A file that cannot be read, or is not what was
/// written, is reported and left in place until the next good pair replaces it.
/// </summary>
internal sealed class LastKnownGoodStore(string? directory)
{
    /// <summary>A write that takes longer has failed: its file may be swept away.</summary>
    private static readonly TimeSpan leftoverAfter = TimeSpan.FromMinutes(10);

    // Base64 of two documents, and room for the rest.
    private const int MaxFileBytes = 4 * StrictJson.MaxBytes;

    public bool IsKept => directory is not null;

    public LastKnownGood? Load(IssuerIdentifier issuer, out Finding? fault)
    {
        fault = null;
        if (directory is null || !File.Exists(PathOf(issuer)))
        {
            return null;
        }

        try
        {
            LastKnownGood? stored = JsonSerializer.Deserialize(FileSet.Read(MaxFileBytes, PathOf(issuer)).Contents[0], LastKnownGoodJson.Default.LastKnownGood);
            if (stored is { Version: LastKnownGood.CurrentVersion } && stored.Issuer == issuer.Value && stored.IsIntact)
            {
                return stored;
            }

            fault = stored is { Version: LastKnownGood.CurrentVersion } && stored.Issuer == issuer.Value
                ? Fault(issuer, "changed since the gateway wrote it: its digest does not match")
                : Fault(issuer, $"written by another version or for another issuer, expected version {LastKnownGood.CurrentVersion}");
        }
        catch (JsonException)
        {
            fault = Fault(issuer, "not in the format in which the gateway writes it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = Fault(issuer, e.Message);
        }

        return null;
    }

    /// <summary>Blocks as long as the disk does: see <see cref="StateWriter"/>.</summary>
    public Finding? Save(IssuerIdentifier issuer, LastKnownGood content)
    {
        if (directory is null)
        {
            return null;
        }

        try
        {
            AtomicFile.RemoveLeftovers(directory, content.ConfirmedAt - leftoverAfter);
            AtomicFile.Write(PathOf(issuer), JsonSerializer.SerializeToUtf8Bytes(content.Sealed(), LastKnownGoodJson.Default.LastKnownGood), AtomicFile.OwnerOnly);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return NotWritten(issuer, e.Message);
        }
    }

    public string PathOf(IssuerIdentifier issuer) =>
        Path.Combine(directory ?? "", $"issuer-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(issuer.Value)))[..16]}.json");

    public static Finding NotWritten(IssuerIdentifier issuer, string found) =>
        Finding.Warning("state-not-written", $"state of issuer \"{issuer}\": {found}",
            "free space in StateDirectory and make it writable; until then a restart during an outage serves older documents or none");

    private Finding Fault(IssuerIdentifier issuer, string found) =>
        Finding.Warning("state-unreadable", $"state of issuer \"{issuer}\": {PathOf(issuer)}: {found}",
            "nothing to do: the next good refresh replaces the file");
}
