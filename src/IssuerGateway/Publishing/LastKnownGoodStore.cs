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
    public required int Version { get; init; }

    public required string Issuer { get; init; }

    public required DateTimeOffset ConfirmedAt { get; init; }

    public required double? MaxAgeSeconds { get; init; }

    public required byte[] Discovery { get; init; }

    public required byte[] KeySet { get; init; }
}

[JsonSerializable(typeof(LastKnownGood))]
[JsonSourceGenerationOptions(WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
internal sealed partial class LastKnownGoodJson : JsonSerializerContext;

/// <summary>
/// Keeps one file an issuer so that both documents are replaced as one. A file that cannot be read is reported and left
/// in place until the next good pair replaces it.
/// </summary>
internal sealed class LastKnownGoodStore(string? directory)
{
    private const int FormatVersion = 1;

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
            if (stored is { Version: FormatVersion } && stored.Issuer == issuer.Value)
            {
                return stored;
            }

            fault = Fault(issuer, $"written by another version or for another issuer, expected version {FormatVersion}");
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

    public Finding? Save(IssuerIdentifier issuer, DiscoveryDocument discovery, KeySet keys, TimeSpan? maxAge, DateTimeOffset confirmedAt)
    {
        if (directory is null)
        {
            return null;
        }

        LastKnownGood content = new()
        {
            Version = FormatVersion,
            Issuer = issuer.Value,
            ConfirmedAt = confirmedAt,
            MaxAgeSeconds = maxAge?.TotalSeconds,
            Discovery = discovery.Bytes.ToArray(),
            KeySet = keys.Bytes.ToArray(),
        };
        try
        {
            AtomicFile.Write(PathOf(issuer), JsonSerializer.SerializeToUtf8Bytes(content, LastKnownGoodJson.Default.LastKnownGood), AtomicFile.OwnerOnly);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Warning("state-not-written", $"state of issuer \"{issuer}\": {e.Message}",
                "free space in StateDirectory and make it writable; until then a restart during an outage serves older documents or none");
        }
    }

    public string PathOf(IssuerIdentifier issuer) =>
        Path.Combine(directory ?? "", $"issuer-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(issuer.Value)))[..16]}.json");

    private Finding Fault(IssuerIdentifier issuer, string found) =>
        Finding.Warning("state-unreadable", $"state of issuer \"{issuer}\": {PathOf(issuer)}: {found}",
            "nothing to do: the next good refresh replaces the file");
}
