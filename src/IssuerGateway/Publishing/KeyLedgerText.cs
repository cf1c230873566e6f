using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>The form of a ledger's file; what this version has not written is not read.</summary>
internal static class KeyLedgerText
{
    private const int FormatVersion = 1;

    public static byte[] Write(string issuer, KeyLedger ledger) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new StoredLedger(FormatVersion, issuer, ledger.WatchingSince, ledger.Entries.ToDictionary(StringComparer.Ordinal)).Sealed(), KeyLedgerJson.Default.StoredLedger);

    /// <summary>
    /// The issuer that it was written for, the ledger, and whether every value is one that the gateway wrote; null when it
    /// is not in the form that this version writes.
    /// </summary>
    public static (string Issuer, KeyLedger Ledger, bool IsIntact)? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, KeyLedgerJson.Default.StoredLedger) is { Version: FormatVersion } stored && stored.Keys.Values.All(entry => entry is not null)
                ? (stored.Issuer, new KeyLedger(stored.WatchingSince, stored.Keys.ToImmutableSortedDictionary(StringComparer.Ordinal)), stored.IsIntact)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A ledger as it stands on disk.</summary>
/// <param name="Digest">SHA-256 of this record without it: a changed bit must not make a key look older than it is.</param>
internal sealed record StoredLedger(int Version, string Issuer, DateTimeOffset WatchingSince, Dictionary<string, LedgerEntry> Keys, string Digest = "")
{
    public StoredLedger Sealed() => this with { Digest = DigestOf(this) };

    [JsonIgnore]
    public bool IsIntact => Digest == DigestOf(this);

    private static string DigestOf(StoredLedger content) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content with { Digest = "" }, KeyLedgerJson.Default.StoredLedger)));
}

[JsonSerializable(typeof(StoredLedger))]
[JsonSourceGenerationOptions(WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
internal sealed partial class KeyLedgerJson : JsonSerializerContext;
