using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using IssuerGateway.Files;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>A ledger as it stands on disk.</summary>
/// <param name="Digest">SHA-256 of this record without it: a changed bit must not make a key look older than it is.</param>
internal sealed record StoredLedger(int Version, string Issuer, DateTimeOffset WatchingSince, Dictionary<string, LedgerEntry> Keys, string Digest = "")
{
    public StoredLedger Sealed() => this with { Digest = DigestOf(this) };

    /// <summary>Whether every value is one that the gateway wrote.</summary>
    [JsonIgnore]
    public bool IsIntact => Keys is not null && Keys.Values.All(entry => entry is not null) && Digest == DigestOf(this);

    private static string DigestOf(StoredLedger content) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content with { Digest = "" }, KeyLedgerJson.Default.StoredLedger)));
}

[JsonSerializable(typeof(StoredLedger))]
[JsonSourceGenerationOptions(WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true)]
internal sealed partial class KeyLedgerJson : JsonSerializerContext;

/// <summary>Keeps one ledger an issuer; a damaged one is reported, and the watch starts anew.</summary>
internal sealed class KeyLedgerStore(string? directory)
{
    private const int FormatVersion = 1;
    private const int MaxFileBytes = 1024 * 1024;

    public KeyLedger Load(IssuerIdentifier issuer, DateTimeOffset now, out Finding? fault)
    {
        fault = null;
        if (directory is null || !File.Exists(PathOf(issuer)))
        {
            return KeyLedger.StartedAt(now);
        }

        try
        {
            StoredLedger? stored = JsonSerializer.Deserialize(FileSet.Read(MaxFileBytes, PathOf(issuer)).Contents[0], KeyLedgerJson.Default.StoredLedger);
            if (stored is { Version: FormatVersion, IsIntact: true } && stored.Issuer == issuer.Value)
            {
                return new KeyLedger(stored.WatchingSince, stored.Keys.ToImmutableSortedDictionary(StringComparer.Ordinal));
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Reported below like a file of another version.
        }

        fault = Finding.Warning("ledger-unreadable", $"key ledger of issuer \"{issuer}\": {PathOf(issuer)} cannot be read",
            "nothing to do: the watch starts anew, so keys count as new from now");
        return KeyLedger.StartedAt(now);
    }

    public Finding? Save(IssuerIdentifier issuer, KeyLedger ledger)
    {
        if (directory is null)
        {
            return null;
        }

        StoredLedger stored = new(FormatVersion, issuer.Value, ledger.WatchingSince, ledger.Entries.ToDictionary(StringComparer.Ordinal));
        try
        {
            AtomicFile.Write(PathOf(issuer), JsonSerializer.SerializeToUtf8Bytes(stored.Sealed(), KeyLedgerJson.Default.StoredLedger), AtomicFile.OwnerOnly);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Warning("ledger-not-written", $"key ledger of issuer \"{issuer}\": {e.Message}", "free space in StateDirectory and make it writable");
        }
    }

    public string PathOf(IssuerIdentifier issuer) =>
        Path.Combine(directory ?? "", $"keys-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(issuer.Value)))[..16]}.json");
}
