using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.State;

/// <summary>The parts of a state Secret: the texts of the files in StateDirectory. What is damaged or edited is ignored, part by part.</summary>
internal static class SecretContent
{
    public const string DocumentsKey = "issuer.json";
    public const string HistoryKey = "keys.json";
    public const string ProvenanceKey = "provenance.json";

    /// <summary>The API server rejects a Secret of more than 1 MiB of data; the keys of its parts count too.</summary>
    private const int MaxBytes = (1024 * 1024) - 4096;

    public static RestoredState Read(IssuerIdentifier issuer, IDictionary<string, byte[]>? data, string place, DateTimeOffset now)
    {
        byte[]? Part(string key) => data is not null && data.TryGetValue(key, out byte[]? part) && part is { Length: > 0 } ? part : null;

        byte[]?[] parts = [Part(DocumentsKey), Part(HistoryKey), Part(ProvenanceKey)];
        if (parts.OfType<byte[]>().Select(part => StateFile.NewerVersionOf(part)).FirstOrDefault(version => version is not null) is { } newer)
        {
            return new RestoredState(Documents: null, KeyHistory.StartedAt(now), Provenance: null, [LastKnownGoodStore.Newer(issuer, place, newer)]);
        }

        string? found = null;
        LastKnownGood? documents = parts[0] is { } text ? LastKnownGoodText.ReadFor(issuer, text, out found) : null;
        KeyHistory? history = parts[1] is { } history1 ? KeyHistoryText.ReadFor(issuer, history1) : null;
        KeyProvenance? provenance = parts[2] is { } provenance1 ? KeyProvenanceText.ReadFor(issuer, provenance1) : null;
        bool isDamaged = (parts[1] is not null && history is null) || (parts[2] is not null && provenance is null);
        return new RestoredState(documents, history ?? KeyHistory.StartedAt(now), provenance,
        [
            .. found is not null || isDamaged
                ? [LastKnownGoodStore.Unreadable(issuer, place, found ?? "a part of it is not what the gateway wrote")]
                : Array.Empty<Finding>(),
        ]);
    }

    /// <summary>The same data with our parts in it, as far as they fit: the documents first, and what is not ours stays.</summary>
    public static Dictionary<string, byte[]> Write(IDictionary<string, byte[]>? before, LastKnownGood documents, KeyHistory history, KeyProvenance provenance)
    {
        Dictionary<string, byte[]> data = new(before ?? new Dictionary<string, byte[]>(), StringComparer.Ordinal);
        (string Key, byte[] Text)[] parts =
        [
            (DocumentsKey, LastKnownGoodText.Write(documents)),
            (HistoryKey, KeyHistoryText.Write(documents.Issuer, history)),
            (ProvenanceKey, KeyProvenanceText.Write(provenance)),
        ];
        foreach ((string key, _) in parts)
        {
            data.Remove(key);
        }

        foreach ((string key, byte[] text) in parts)
        {
            if (data.Values.Sum(part => part?.Length ?? 0) + text.Length <= MaxBytes)
            {
                data[key] = text;
            }
        }

        return data;
    }
}
