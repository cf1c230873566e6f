using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Steps.Keys;
using IssuerGateway.Checking.Upstreams;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>The key of a token as each party finds it among those that it has, and the signature by that key.</summary>
internal sealed class TokenKey
{
    private const string Unsigned = "the signing key was switched before it was published: add its public key to --service-account-key-file of every API server, or sign with the old key again";

    private readonly string create;
    private readonly TokenInput input;
    private readonly CompactToken token;
    private readonly InspectedKey[] all;
    private readonly ServerDocuments servers;
    private readonly Dictionary<SigningKey, (SignatureResult Result, string? Fault)> verified = new(ReferenceEqualityComparer.Instance);

    private TokenKey(TokenInput input, CompactToken token, KeySet published, ServerDocuments servers, string create)
    {
        this.servers = servers;
        this.create = create;
        this.input = input;
        this.token = token;
        all = [.. published.Keys.Select(InspectedKey.Of)];
    }

    private bool HasKeyId => !string.IsNullOrEmpty(token.KeyId);

    private string Kid => $"kid \"{PrintableText.Of(token.KeyId, 60)}\"";

    /// <returns>The parties of which it has been reported that the header names an algorithm of another type of key.</returns>
    /// <param name="create">The command that creates a good token.</param>
    public static IReadOnlyList<RelyingParty> Validate(StepBuilder step, TokenInput input, CompactToken token, IssuerDocuments published, ServerDocuments servers, string create)
    {
        IReadOnlyList<RelyingParty> parties = step.Parties;
        List<RelyingParty> stopped = [];
        foreach (IGrouping<KeySet?, RelyingParty> same in parties.GroupBy(published.KeysFor).Where(group => group.Key is not null))
        {
            step.LimitTo([.. same]);
            stopped.AddRange(Validate(step, new TokenKey(input, token, same.Key!, servers, create)));
        }

        step.LimitTo(parties);
        return stopped;
    }

    /// <summary>How a token with another issuer shows that its key is not published either; null where it may be.</summary>
    public static string? WhyForeign(TokenInput input, CompactToken token, IReadOnlyList<SigningKey> published)
    {
        SigningKey[] named = [.. published.Where(key => key.KeyId == token.KeyId)];
        bool hasKeyId = !string.IsNullOrEmpty(token.KeyId);
        return hasKeyId && named.Length == 0 ? $"signed with kid {PrintableText.Quote(token.KeyId, 60)}; neither is published here"
            : !IsByNone(hasKeyId ? named : published) ? null
            : hasKeyId ? $"and the published key with kid {PrintableText.Quote(token.KeyId, 60)} did not sign it"
            : "and no published key signed it (its header has no kid)";

        bool IsByNone(IReadOnlyList<SigningKey> keys) => TokenSignature.IsSupported(token.Algorithm) && keys.All(key => TokenSignature.Verify(input.Text, key).Result == SignatureResult.Invalid);
    }

    private static List<RelyingParty> Validate(StepBuilder step, TokenKey key)
    {
        ReportKeyId(step, key.token, key.create, [.. step.Parties.Where(party => NeedsOneKey(party) && KeyDefects.Good(party, key.all).Count == 1)]);
        List<RelyingParty> stopped = [];
        foreach (IGrouping<Problem?, RelyingParty> same in step.Parties.GroupBy(key.ProblemOf).Where(group => group.Key is not null))
        {
            step.Report(same.Key!.Rule, same.Key.Found, same.Key.Fix, same, adapt: entry => key.Adapt(same.Key, entry));
            stopped.AddRange(same.Where(_ => same.Key.IsOfOtherType));
        }

        return stopped;
    }

    private PartyRule Adapt(Problem problem, PartyRule entry) =>
        problem.IsAssumed ? entry with { Evidence = Evidence.Unconfirmed }
        : problem.IsDuplicate ? entry with { Severity = Severity.Error }

        // RFC 7515 §4.1.4 makes kid a hint: a party that takes a token without one might look for the key by other means.
        : problem.IsUnderOtherName ? RuleTable.Find("token-key-unpublished").For(entry.Party) is var unpublished && IsHint(entry.Party) ? unpublished with { Evidence = Evidence.Unconfirmed } : unpublished

        // Who reads the algorithm first says that, and not that the signature is wrong.
        : problem.IsOfOtherType && !RelyingParty.Find(entry.Party)!.Accepts(token.Algorithm) ? RuleTable.Find("token-algorithm").For(entry.Party)
        : entry;

    private static bool IsHint(string party) => RuleTable.Find("token-kid-missing").For(party).Severity == Severity.Warning;

    /// <summary>The kid, which RFC 7515 §4.1.4 makes optional. AWS takes a token without it while one key is usable (recorded STS calls), which the next rotation ends.</summary>
    /// <param name="create">The command that creates a good token.</param>
    /// <param name="withOneKey">The parties that take a token without kid now, as there is one key only.</param>
    public static void ReportKeyId(StepBuilder step, CompactToken token, string create, IReadOnlyList<RelyingParty> withOneKey)
    {
        if (!string.IsNullOrEmpty(token.KeyId))
        {
            return;
        }

        // What a kid that is not a string is to a party that does not read types nobody has recorded, but that it names no key.
        if (token.HasOddKeyId)
        {
            step.Report("token-member-type", "kid of the header is not a string", TokenCommand.Instead(create), step.Parties.Where(party => !party.IsWrittenInGo),
                adapt: entry => RuleTable.Find("token-kid-missing").For(entry.Party) is var missing && NeedsOneKey(RelyingParty.Find(entry.Party)!) ? missing with { Evidence = Evidence.Unconfirmed } : missing);
            return;
        }

        const string found = "the header has no kid";
        step.Report("token-kid-missing", found, TokenCommand.Instead(create), step.Parties.Except(withOneKey));
        step.Report("token-kid-missing", $"{found}; accepted while exactly one usable key is published, and during a rotation there are two", TokenCommand.Instead(create), withOneKey, Severity.Warning);
    }

    private Problem? ProblemOf(RelyingParty party)
    {
        IReadOnlyList<InspectedKey> stored = StoredKeys.Of(party, all);
        if (!HasKeyId)
        {
            return token.HasOddKeyId && party.IsWrittenInGo ? null
                : NeedsOneKey(party) ? KeyDefects.Good(party, all) is [var only] ? ProblemOf(party, [only], "the signature is not by the one usable key") : null
                : RuleTable.Find("token-kid-missing").For(party.Id).Severity == Severity.Error ? null
                : ProblemOf(party, stored, "the signature is by no published key");
        }

        InspectedKey[] named = [.. stored.Where(key => key.Key.KeyId == token.KeyId)];
        if (named.Length == 0 && all.All(key => key.Key.KeyId != token.KeyId) && TokenSignature.IsSupported(token.Algorithm) && stored.FirstOrDefault(key => Verify(key).Result == SignatureResult.Valid) is { } renamed)
        {
            // That the key has no kid is the cause, also to a party that takes such keys.
            return renamed.NotText.Contains("kid") ? ProblemOfUnreadable(party, renamed)
                : string.IsNullOrEmpty(renamed.Key.KeyId) ? new Problem("kid-missing", $"{renamed.Name} signed the token, which has {Kid}") { IsUnderOtherName = true }
                : new Problem("token-key-unpublished", $"{Kid} is not published; published: {Published()}; the signature is by {renamed.Name}, which is published",
                    HiddenCharacters.In(token.KeyId) is not null ? TokenCommand.Instead(create) : $"publish this key as {ShellText.Quote(token.KeyId!)}: the API server derives the kid from the key, so publish its set as it is") { IsUnderOtherName = true };
        }

        if (named.Length == 0)
        {
            // That the party has stored no key that is good is an error of the set.
            return stored.Count < all.Length && KeyDefects.Good(party, all).Count == 0 && all.Any(key => key.Key.KeyId == token.KeyId) ? null : new Problem("token-key-unpublished",
                all.FirstOrDefault(key => key.Key.KeyId == token.KeyId) is { } unstored ? StoredKeys.Reason(party, unstored, all) : $"{Kid} is not published; published: {Published()}{(servers.WithKeyOf(token, input) is { } server ? server.Keys.Keys.Any(key => key.KeyId == token.KeyId) ? $"; API server {server.Name} has it" : $"; the signature is by a key of API server {server.Name}" : "")}",
                all.Any(key => key.Key.KeyId == token.KeyId) ? "remove old --service-account-key-file entries from every API server, so that the signing key is among those that are stored" : servers.WithKeyOf(token, input) is not null ? servers.FixOfMissing : Unsigned);
        }

        return named.Length > 1 && KeyDefects.Effective(party, named, token.KeyId) is { } last
            ? ProblemOfLast(party, last, named)
            : ProblemOf(party, named, $"the signature is not by {Kid}");
    }

    // Where another key of that kid signed the token, that there are two is the cause, and a new token fails again.
    private Problem? ProblemOfLast(RelyingParty party, InspectedKey last, InspectedKey[] named) =>
        Verify(last).Result == SignatureResult.Invalid && named.Any(key => Verify(key).Result == SignatureResult.Valid)
            ? new Problem("kid-duplicate", $"{named.Length} keys have {Kid}, and the last one, which counts, did not sign the token",
                "keep the key that signs under this kid, and publish the other with a kid of its own: a new token fails as this one does") { IsDuplicate = true }
            : ProblemOf(party, [last], $"of {named.Length} keys with {Kid} the last one did not sign the token");

    private Problem? ProblemOf(RelyingParty party, IReadOnlyList<InspectedKey> candidates, string notSigned)
    {
        if (candidates.Count == 0)
        {
            return null;
        }

        if (!TokenSignature.IsSupported(token.Algorithm))
        {
            // Who rejects the algorithm has rejected the token already; for the others "verified" would be a guess.
            return party.Accepts(token.Algorithm) ? new Problem("token-signature-unverified", $"signature not verified: alg is {PrintableText.Quote(token.Algorithm)}") : null;
        }

        if (candidates.FirstOrDefault(key => Verify(key).Result == SignatureResult.Valid) is { } signer)
        {
            string broken = string.Join(", ", KeyDefects.Of(signer, party).Where(rule => KeyDefects.IsOneOfSeveral(rule, party, all)));
            return broken.Length > 0 ? new Problem("token-key-unusable", $"{signer.Name}: {broken}")
                : signer.IsForOtherUse && RuleTable.Find("key-use-other").For(party.Id).Severity == Severity.Warning && all.Any(key => !key.IsForOtherUse) ? new Problem("token-key-unusable", $"{signer.Name} has use {PrintableText.Quote(signer.Key.Use, 20)}") { IsAssumed = true }
                : !signer.IsAlgorithmOf(party) && party.Accepts(token.Algorithm) && KeyDefects.Good(party, all).Count > 0 ? new Problem("token-key-unusable", signer.Defect)
                : null;
        }

        if (candidates.FirstOrDefault(key => Verify(key).Result == SignatureResult.Invalid) is { } other)
        {
            return new Problem("token-signature", servers.SignerOf(input) is { } server ? $"{notSigned}; it is by a key of API server {server.Name}" : candidates.Count == 1 ? $"{notSigned}: {Verify(other).Fault}" : notSigned,
                servers.SignerOf(input) is null ? null : HasKeyId ? servers.FixOfOther : servers.FixOfMissing) { IsOfOtherType = candidates.All(key => TokenSignature.IsForOtherKey(token.Algorithm, key.Key)) };
        }

        return ProblemOfUnreadable(party, candidates[0]);
    }

    // Where that is an error of the set, or no key is good, it has been reported there.
    private Problem? ProblemOfUnreadable(RelyingParty party, InspectedKey unreadable)
    {
        bool isReported = KeyDefects.Good(party, all).Count == 0 || (unreadable.Fault is not null && RuleTable.Find(unreadable.FaultRule).For(party.Id).Severity == Severity.Error)
            || (unreadable.HasWrongCoordinate && RuleTable.Find("ec-coordinate-length").For(party.Id).Severity == Severity.Error);
        return isReported ? null : new Problem("token-key-unusable", $"{unreadable.Name}{(Verify(unreadable).Fault is { } fault ? $": {fault}" : "")}, so that the signature cannot be verified") { IsAssumed = unreadable.MayBeRead };
    }

    private (SignatureResult Result, string? Fault) Verify(InspectedKey key)
    {
        if (!verified.TryGetValue(key.Key, out (SignatureResult Result, string? Fault) result))
        {
            result = TokenSignature.Verify(input.Text, key.Key);
            verified.Add(key.Key, result);
        }

        return result;
    }

    private static bool NeedsOneKey(RelyingParty party) => party.Id == "aws";

    private string Published() => $"{string.Join(", ", all.Take(3).Select(key => PrintableText.Quote(key.Key.KeyId ?? "(no kid)")))}{(all.Length > 3 ? ", ..." : "")}";

    private sealed record Problem(string Rule, string Found, string? Fix = null)
    {
        /// <summary>Whether nobody has recorded that the party rejects it.</summary>
        public bool IsAssumed { get; init; }

        /// <summary>Whether a published key signed the token, under another kid than that of the token or without one.</summary>
        public bool IsUnderOtherName { get; init; }

        /// <summary>Whether one of several keys with the kid signed the token, and another one counts.</summary>
        public bool IsDuplicate { get; init; }

        /// <summary>Whether the algorithm of the header is not one of the type of the key.</summary>
        public bool IsOfOtherType { get; init; }
    }
}
