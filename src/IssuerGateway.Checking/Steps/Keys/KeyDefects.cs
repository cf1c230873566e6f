using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps.Keys;

/// <summary>
/// What makes one key useless to a party that continues with the others. As long as another key is good, tokens signed with
/// that one are accepted, so that the set is only a reason to warn; a token signed with the useless key is rejected.
/// </summary>
internal static class KeyDefects
{
    private static readonly (string Rule, Func<InspectedKey, bool> IsBroken)[] rules =
    [
        ("kid-missing", key => string.IsNullOrEmpty(key.Key.KeyId) && !key.NotText.Contains("kid")),
        ("key-use-other", key => key.IsForOtherUse),
        ("key-ops", key => key.HasOperations),
        ("key-certificate-other", key => key.Certificate is CertificateState.OtherKey),
        ("rsa-leading-zero", key => key.HasLeadingZero),
        (NumberRule, key => key.NumberFault is not null),
        (PrivateRule, key => key.IsPrivate),
    ];

    private const string NumberRule = "rsa-numbers";
    private const string PrivateRule = "private-key";

    /// <summary>The rules by which the party cannot use the key.</summary>
    public static IReadOnlyList<string> Of(InspectedKey key, RelyingParty party) =>
        [.. rules.Where(rule => rule.IsBroken(key) && ConcernsOneKey(rule.Rule, party)).Select(rule => rule.Rule)];

    /// <summary>Whether another key than those that break the rule is good for the party.</summary>
    public static bool IsOneOfSeveral(string rule, RelyingParty party, IReadOnlyList<InspectedKey> keys) =>
        rules.Any(each => each.Rule == rule) && ConcernsOneKey(rule, party) && Good(party, keys).Count > 0;

    /// <summary>The keys with which the party verifies tokens.</summary>
    public static IReadOnlyList<InspectedKey> Good(RelyingParty party, IReadOnlyList<InspectedKey> keys)
    {
        IReadOnlyList<InspectedKey> stored = StoredKeys.Of(party, keys);
        return [.. stored.Where(key => key.IsUsableFor(party) && Of(key, party).Count == 0 && ReferenceEquals(Effective(party, stored, key.Key.KeyId) ?? key, key))];
    }

    /// <summary>Of several keys with one kid the one that counts to a party for which one does, the last that it sees (recorded STS calls; Keycloak's source); null where each counts.</summary>
    public static InspectedKey? Effective(RelyingParty party, IReadOnlyList<InspectedKey> keys, string? kid) => party.Id is not ("aws" or "keycloak") || string.IsNullOrEmpty(kid) ? null
        : keys.LastOrDefault(key => key.Key.KeyId == kid && !key.IsForOtherUse) ?? keys.LastOrDefault(key => key.Key.KeyId == kid);

    // Vault, OpenBao and Kubernetes read the set as a whole: what breaks a key breaks all of it. Its numbers they only look at when they verify.
    private static bool ConcernsOneKey(string rule, RelyingParty party) =>
        rule == PrivateRule ? party.IsWrittenInGo : (rule == NumberRule || !party.IsWrittenInGo) && RuleTable.Find(rule).For(party.Id).Severity == Severity.Error;
}
