using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.State;

/// <summary>The form of the file; members that it does not know are ignored.</summary>
internal static class KeyHistoryText
{
    private const int FormatVersion = StateFile.Version;

    public static byte[] Write(string issuer, KeyHistory history) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new StoredKeyHistory(FormatVersion, issuer, history.WatchingSince, history.Entries.ToDictionary(StringComparer.Ordinal)).Sealed(), KeyHistoryJson.Default.StoredKeyHistory);

    /// <summary>The history if it was written for this issuer by a gateway.</summary>
    public static KeyHistory? ReadFor(IssuerIdentifier issuer, ReadOnlySpan<byte> text) =>
        Read(text) is var (writtenFor, history, isIntact) && isIntact && writtenFor == issuer.Value ? history : null;

    /// <summary>
    /// The issuer that it was written for, the history, and whether every value is one that the gateway wrote; null when it
    /// is not in the form that this version writes.
    /// </summary>
    public static (string Issuer, KeyHistory History, bool IsIntact)? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, KeyHistoryJson.Default.StoredKeyHistory) is { Version: FormatVersion } stored && stored.Keys.Values.All(entry => entry is not null)
                ? (stored.Issuer, new KeyHistory(stored.WatchingSince, stored.Keys.ToImmutableSortedDictionary(StringComparer.Ordinal)), stored.IsIntact || StateSeal.IsIntact(text))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A key history as stored on disk.</summary>
/// <param name="Digest">SHA-256 of this record without it: a changed bit must not make a key look older than it is.</param>
internal sealed record StoredKeyHistory(int Version, string Issuer, DateTimeOffset WatchingSince, Dictionary<string, KeyHistoryEntry> Keys, string Digest = "")
{
    public StoredKeyHistory Sealed() => this with { Digest = DigestOf(this) };

    [JsonIgnore]
    public bool IsIntact => Digest == DigestOf(this);

    private static string DigestOf(StoredKeyHistory content) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content with { Digest = "" }, KeyHistoryJson.Default.StoredKeyHistory)));
}

[JsonSerializable(typeof(StoredKeyHistory))]
[JsonSourceGenerationOptions(WriteIndented = true, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
internal sealed partial class KeyHistoryJson : JsonSerializerContext;
