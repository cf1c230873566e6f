using IssuerGateway.Checking.Rules;

namespace IssuerGateway.Checking.Steps.Keys;

/// <summary>Which of the published keys a party has at all: some stop at a number.</summary>
internal static class StoredKeys
{
    /// <summary>Entra stores the first 100 and ignores the rest; of a type with more than 100 keys AWS uses none, and the other type continues.</summary>
    public static IReadOnlyList<InspectedKey> Of(RelyingParty party, IReadOnlyList<InspectedKey> keys) =>
        party.MaxKeys is { } most && keys.Count > most ? [.. keys.Take(most)]
        : party.MaxKeysPerType is { } ofType && keys.Count > ofType ? [.. keys.GroupBy(key => key.Key.KeyType, StringComparer.Ordinal).Where(type => type.Count() <= ofType).SelectMany(type => type)]
        : keys;

    /// <summary>Why a published key is not among them.</summary>
    public static string Reason(RelyingParty party, InspectedKey key, IReadOnlyList<InspectedKey> keys) => party.MaxKeys is { } most
        ? $"{key.Name} is number {keys.ToList().IndexOf(key) + 1} of {keys.Count}, and {party.Name} stores the first {most}"
        : $"{key.Name} is one of {keys.Count(other => other.Key.KeyType == key.Key.KeyType)} keys of type {key.Type}, and {party.Name} uses none of a type with more than {party.MaxKeysPerType}";
}
