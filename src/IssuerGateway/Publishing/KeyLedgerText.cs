using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IssuerGateway.Publishing;

/// <summary>The form of a ledger's file; what this version has not written is not read.</summary>
internal static class KeyLedgerText
{
    private const int FormatVersion = 1;

    public static byte[] Write(string issuer, KeyLedger ledger) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new StoredLedger(FormatVersion, issuer, ledger.WatchingSince, ledger.Entries.ToDictionary(StringComparer.Ordinal)), KeyLedgerJson.Default.StoredLedger);

    /// <summary>The issuer that it was written for and the ledger; null when it is not what this version writes.</summary>
    public static (string Issuer, KeyLedger Ledger)? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, KeyLedgerJson.Default.StoredLedger) is { Version: FormatVersion } stored && stored.Keys.Values.All(entry => entry is not null)
                ? (stored.Issuer, new KeyLedger(stored.WatchingSince, stored.Keys.ToImmutableSortedDictionary(StringComparer.Ordinal)))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A ledger as it stands on disk.</summary>
internal sealed record StoredLedger(int Version, string Issuer, DateTimeOffset WatchingSince, Dictionary<string, LedgerEntry> Keys);

[JsonSerializable(typeof(StoredLedger))]
[JsonSourceGenerationOptions(WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
internal sealed partial class KeyLedgerJson : JsonSerializerContext;
