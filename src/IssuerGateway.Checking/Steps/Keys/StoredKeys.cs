using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps.Keys;

/// <summary>Which of the published keys a party has at all: some stop at a number.</summary>
internal static class StoredKeys
{
    /// <summary>Entra stores the first 100 and ignores the rest; of a type with more than 100 keys AWS uses none, and the other type continues.</summary>
    public static IReadOnlyList<InspectedKey> Of(RelyingParty party, IReadOnlyList<InspectedKey> keys) =>
        party.MaxKeys is { } most && keys.Count > most ? [.. keys.Take(most)]
        : party.MaxKeysPerType is { } ofType && keys.Count > ofType ? [.. keys.GroupBy(key => key.Key.KeyType, StringComparer.Ordinal).Where(type => type.Count() <= ofType).SelectMany(type => type)]
        : keys;

    /// <summary>By what the set exceeds what the party takes; empty for nothing.</summary>
    public static string Exceeded(RelyingParty party, IReadOnlyList<InspectedKey> keys) =>
        party.MaxKeysPerType is not null ? string.Join(", ", Unused(party, keys).Select(type => $"{type.Count()} {type.Key} keys"))
        : keys.Count > (party.MaxKeys ?? (party.Id == "generic" ? FidelityRules.MaxKeys : int.MaxValue)) ? $"{keys.Count} keys"
        : "";

    /// <summary>Which tokens the party rejects for that, and which it goes on accepting.</summary>
    public static string Left(RelyingParty party, IReadOnlyList<InspectedKey> keys, bool hasGood)
    {
        if (party.MaxKeysPerType is not null)
        {
            return $": {party.Name} rejects every token signed with {Either(Unused(party, keys).Select(type => type.Key))}{(hasGood ? $"; those signed with {Either(KeyDefects.Good(party, keys).Select(key => key.Key.KeyType).Distinct())} it accepts" : ", and no usable key of another type is published")}";
        }

        return party.MaxKeys is not { } most ? ""
            : hasGood ? $": {party.Name} stores the first {most}, and rejects tokens signed with another; those signed with a usable key among the first {most} it accepts"
            : $": {party.Name} stores the first {most}, and none of them is usable";
    }

    private static string Either(IEnumerable<string?> types) => string.Join(" or ", types.Select(type => $"an {type} key"));

    // Of other types than these two nobody has said it, and no token is signed with them.
    private static IEnumerable<IGrouping<string?, InspectedKey>> Unused(RelyingParty party, IReadOnlyList<InspectedKey> keys) =>
        keys.Where(key => key.Key.KeyType is "RSA" or "EC").GroupBy(key => key.Key.KeyType, StringComparer.Ordinal).Where(type => type.Count() > party.MaxKeysPerType).OrderByDescending(type => type.Key, StringComparer.Ordinal);

    /// <summary>Why a published key is not among them.</summary>
    public static string Reason(RelyingParty party, InspectedKey key, IReadOnlyList<InspectedKey> keys) => party.MaxKeys is { } most
        ? $"{key.Name} is number {keys.ToList().IndexOf(key) + 1} of {keys.Count}, and {party.Name} stores the first {most}"
        : $"{key.Name} is one of {keys.Count(other => other.Key.KeyType == key.Key.KeyType)} keys of type {key.Type}, and {party.Name} uses none of a type with more than {party.MaxKeysPerType}";
}
