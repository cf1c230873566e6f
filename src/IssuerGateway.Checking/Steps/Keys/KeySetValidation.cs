using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps.Keys;

/// <summary>A JWK Set as each party reads it: one finding a rule, with the keys that break it.</summary>
internal static class KeySetValidation
{
    private const int MaxNamed = 3;

    /// <param name="ofGo">The set as the parties written in Go read it.</param>
    public static void Validate(StepBuilder step, KeySet set, KeySet? ofGo)
    {
        IReadOnlyList<RelyingParty> all = step.Parties;
        foreach (IGrouping<KeySet?, RelyingParty> same in all.GroupBy(party => party.IsWrittenInGo ? ofGo : set))
        {
            step.LimitTo([.. same]);
            if (same.Key is { } read)
            {
                Validate(step, read);
            }
            else
            {
                step.Report("key-malformed", "the set has a second member keys, in other letters, that is no array of keys");
            }
        }

        step.LimitTo(all);
    }

    private static void Validate(StepBuilder step, KeySet set)
    {
        InspectedKey[] keys = [.. set.Keys.Select(InspectedKey.Of)];
        if (keys.Length == 0)
        {
            step.Report("key-set-empty", "no keys");
            return;
        }

        ValidateSet(step, set, keys);
        InspectedKey[] all = keys;
        RelyingParty[] without = [.. step.Parties.Where(party => !keys.Any(key => key.IsUsableFor(party)) && !IsSaid(party, keys))];
        string? shared = SharedBy(keys);
        foreach (string rule in (string[])["key-malformed", "key-encoding"])
        {
            Report(step, rule, keys, key => key.Fault is not null && key.FaultRule == rule, key => $"{key.Name}: {key.Fault}", Others(rule, step.Parties), shared == rule ? without : []);
        }

        Report(step, "key-malformed", keys, key => key is { Fault: null, GoFault: not null, HasPrivateMembers: false }, key => $"{key.Name}: {key.GoFault}", step.Parties.Where(party => party.IsWrittenInGo));

        // What else a malformed or a symmetric key lacks is no news.
        keys = [.. keys.Where(key => key.Fault is null && !IsSymmetric(key))];
        Report(step, "key-type-unknown", keys, key => key.IsUnknownType, key => $"{key.Name} is of type {key.Type}", Others("key-type-unknown", step.Parties.Where(party => !ReadsEd25519(party))), shared == "key-type-unknown" ? without : []);
        Report(step, "key-type-unknown", keys, key => key.IsUnknownType && !key.IsEd25519, key => $"{key.Name} is of type {key.Type}", step.Parties.Where(ReadsEd25519));
        Report(step, "ec-coordinate-length", keys, key => key.HasWrongCoordinate);
        Report(step, "rsa-leading-zero", keys, key => key.HasLeadingZero);
        Report(step, "rsa-numbers", keys, key => key.NumberFault is not null, key => $"{key.Name}: {key.NumberFault}");
        Report(step, "rsa-short", keys, key => key.NumberFault is null && key.Key.RsaBits < 2048, key => $"{key.Name} has {key.Key.RsaBits} bits");
        Report(step, "kid-missing", keys, key => string.IsNullOrEmpty(key.Key.KeyId) && !key.NotText.Contains("kid"));
        ReportMissing(step, "key-use-missing", keys, key => string.IsNullOrEmpty(key.Key.Use) && !key.NotText.Contains("use"));
        ReportMissing(step, "key-alg-missing", keys, key => string.IsNullOrEmpty(key.Key.Algorithm) && !key.NotText.Contains("alg"));
        Report(step, "key-use-other", keys, key => key.IsForOtherUse, key => $"{key.Name} has use \"{PrintableText.Of(key.Key.Use, 20)}\"");
        Report(step, "key-ops", keys, key => key.HasOperations);
        Report(step, "key-certificate-url", keys, key => key.HasUrl, only: step.Parties.Where(party => !party.IsWrittenInGo));
        Report(step, "key-certificate-url", keys, key => key.UrlFieldsFault is not null, key => $"{key.Name}: {key.UrlFieldsFault}", step.Parties.Where(party => party.Id == "kubernetes"));
        Report(step, "key-certificate-url", keys, key => key.UrlFault is not null, key => $"{key.Name}: {key.UrlFault}", step.Parties.Where(party => party.IsWrittenInGo && party.Id != "kubernetes"));
        Report(step, "key-member-other", keys, key => key.OtherMembers.Count > 0 && !key.IsUnknownType, key => $"{key.Name}: {string.Join(", ", key.OtherMembers.Take(MaxNamed).Select(name => PrintableText.Of(name, 40)))}");
        Report(step, "key-certificate", keys, key => key.Certificate is not (CertificateState.None or CertificateState.OtherKey));
        Report(step, "key-certificate-other", keys, key => key.Certificate is CertificateState.OtherKey);
        Report(step, "key-thumbprint", keys, key => key.ThumbprintFault is not null && key.Certificate is not CertificateState.OtherKey, key => $"{key.Name}: {key.ThumbprintFault}");
        ValidateAlgorithms(step, all, shared is null ? without : []);

        // A party that is left without any key has that as its finding, with the reason of each key, unless they all have the same.
        IEnumerable<RelyingParty> Others(string rule, IEnumerable<RelyingParty> parties) => parties.Where(party => !without.Contains(party) || RuleTable.Find(rule).For(party.Id).Severity == Severity.Error);
    }

    // What a key of an unknown type lacks too is no news, unless the party rejects the whole set for that.
    private static void ReportMissing(StepBuilder step, string rule, InspectedKey[] keys, Func<InspectedKey, bool> lacks)
    {
        RelyingParty[] strict = [.. step.Parties.Where(party => RuleTable.Find(rule).For(party.Id).Severity == Severity.Error)];
        Report(step, rule, keys, key => lacks(key) && !key.IsUnknownType, only: step.Parties.Except(strict));
        Report(step, rule, keys, lacks, only: strict);
    }

    // What is wrong with every key, and leaves a party without any, is one cause.
    private static string? SharedBy(InspectedKey[] keys)
    {
        string[] rules = [.. keys.Select(key => key.Fault is not null ? key.FaultRule : key is { IsUnknownType: true, IsEd25519: false } && !IsSymmetric(key) ? "key-type-unknown" : "").Distinct()];
        return rules is [{ Length: > 0 } one] ? one : null;
    }

    private static bool IsSymmetric(InspectedKey key) => key is { Key.KeyType: "oct", HasPrivateMembers: true };

    private static void ValidateSet(StepBuilder step, KeySet set, InspectedKey[] keys)
    {
        ValidateNumber(step, keys);
        using JsonDocument json = JsonDocument.Parse(set.Bytes);
        if (StrictJson.PrivateMembersWithValue(json.RootElement) is { Count: > 0 } names)
        {
            string[] kids = [.. keys.Where(key => key.HasPrivateMembers).Select(key => key.Name).Take(MaxNamed)];
            step.Report("private-key", $"{(kids.Length > 0 ? string.Join(", ", kids) : "the set")} carries private or symmetric members ({string.Join(", ", names)})",
                adapt: entry => keys.All(IsSymmetric) ? RuleTable.Find("no-usable-key").For(entry.Party)
                    : RelyingParty.Find(entry.Party)!.IsWrittenInGo && keys.Any(key => key is { Fault: null, GoFault: not null, HasPrivateMembers: true }) ? RuleTable.Find("key-malformed").For(entry.Party)
                    : keys.All(key => KeyDefects.Of(key, RelyingParty.Find(entry.Party)!).Contains("private-key")) ? RuleTable.Find("token-signature").For(entry.Party) : entry);
        }

        string[] repeated = [.. keys.Where(key => key.Key.KeyId is not null).GroupBy(key => key.Key.KeyId, StringComparer.Ordinal).Where(same => same.Count() > 1).Select(same => $"{same.Count()} keys have {(same.Key is "" ? "an empty kid" : same.First().Name)}")];
        if (repeated.Length > 0)
        {
            step.Report("kid-duplicate", string.Join("; ", repeated.Take(MaxNamed)));
        }
    }

    // A key that a party has not stored is a matter of the tokens that it signs; without a good key among the others, of all.
    private static void ValidateNumber(StepBuilder step, InspectedKey[] keys)
    {
        foreach (RelyingParty party in step.Parties)
        {
            bool hasGood = KeyDefects.Good(party, keys).Count > 0;
            if (StoredKeys.Exceeded(party, keys) is { Length: > 0 } found)
            {
                step.Report("key-set-too-many", $"{found}{StoredKeys.Left(party, keys, hasGood)}", only: [party], atMost: hasGood ? Severity.Warning : Severity.Error);
            }
        }
    }

    private static void ValidateAlgorithms(StepBuilder step, InspectedKey[] keys, RelyingParty[] without)
    {
        bool areSound = keys.All(key => key is { Fault: null, NumberFault: null, FitsItsAlgorithm: true } && (!key.IsUnknownType || key.IsEd25519));
        foreach (IGrouping<string, RelyingParty> same in without.GroupBy(party => string.Join(", ", party.Algorithms), StringComparer.Ordinal))
        {
            string kinds = areSound ? $"; the keys are for {string.Join(", ", keys.Select(key => key.Kind).Distinct().Take(MaxNamed))}" : $": {Names(keys, key => key.Defect)}";
            step.Report("no-usable-key", $"no key for {(same.Key.Length > 0 ? same.Key : "a known algorithm")}{kinds}",
                areSound ? FixOfMark(keys) : "publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json", only: same,
                adapt: entry => keys.Any(key => MayBeUsed(key, RelyingParty.Find(entry.Party)!)) ? entry with { Evidence = Evidence.Unconfirmed } : entry);
        }

        InspectedKey[] known = [.. keys.Where(key => key.Fault is null && !key.IsUnknownType)];
        foreach (IGrouping<string, RelyingParty> same in step.Parties.Where(party => keys.Any(key => key.IsUsableFor(party)) && party.Algorithms.Count > 0).GroupBy(party => string.Join(", ", party.Algorithms), StringComparer.Ordinal))
        {
            InspectedKey[] others = [.. known.Where(key => !key.IsAlgorithmOf(same.First()))];
            if (others.Length > 0)
            {
                step.Report("key-algorithm", $"{Names(others, key => key.Defect)}; accepted: {same.Key}", FixOfMark(others), same,
                    adapt: entry => others.All(key => key.IsUsableButForItsMark(RelyingParty.Find(entry.Party)!)) ? entry with { Evidence = Evidence.Unconfirmed } : entry);
            }
        }
    }

    private static bool MayBeUsed(InspectedKey key, RelyingParty party) => key.MayBeRead || key.IsUsableButForItsMark(party)
        || (key.NumberFault is not null && RuleTable.Find("rsa-numbers").For(party.Id).Evidence == Evidence.Unconfirmed);

    // Whoever accepts one algorithm of RSA at least accepts RS256, which every API server signs with its RSA key.
    public static string? FixOfMark(InspectedKey[] keys) => keys.All(key => key is { Key.KeyType: "RSA", FitsItsAlgorithm: true }) && keys.Select(key => key.Kind).Distinct().ToArray() is [var algorithm]
        ? $"it is an RSA key, and its alg says {algorithm}: publish it with \"alg\":\"RS256\" or without alg, if the API server signs RS256 with it (Kubernetes writes RS256)"
        : null;

    // Where every key is broken, and that is an error by itself, that no key is left follows from it.
    private static bool IsSaid(RelyingParty party, InspectedKey[] keys)
    {
        return keys.All(IsSymmetric) || keys.All(key => (key.Fault is null && !IsSymmetric(key) && KeyDefects.Of(key, party).Count > 0)
            || key.NumberFault is not null
            || (key.Fault is not null && IsError(key.FaultRule))
            || (key.IsUnknownType && !IsSymmetric(key) && !(key.IsEd25519 && ReadsEd25519(party)) && IsError("key-type-unknown")));

        bool IsError(string rule) => RuleTable.Find(rule).For(party.Id).Severity == Severity.Error;
    }

    private static bool ReadsEd25519(RelyingParty party) => party.IsWrittenInGo;

    private static void Report(StepBuilder step, string rule, InspectedKey[] keys, Func<InspectedKey, bool> isBroken, Func<InspectedKey, string>? describe = null, IEnumerable<RelyingParty>? only = null, IEnumerable<RelyingParty>? without = null)
    {
        InspectedKey[] broken = [.. keys.Where(isBroken)];
        if (broken.Length == 0)
        {
            return;
        }

        string found = Names(broken, describe ?? (key => key.Name));
        RelyingParty[] lenient = [.. (only ?? step.Parties).Where(party => KeyDefects.IsOneOfSeveral(rule, party, keys))];
        bool hasOthers = broken.Length < keys.Length;
        step.Report(rule, found, only: (only ?? step.Parties).Except(lenient), adapt: entry => RelyingParty.Find(entry.Party)!.IsWrittenInGo ? entry : OfOtherReader(rule, entry, broken, hasOthers));
        step.Report(rule, found, only: without ?? [], adapt: entry => NoKeyFor(entry, broken));
        step.Report(rule, $"{found}; tokens signed with it are rejected, those signed with another key are not", only: lenient, atMost: Severity.Warning, adapt: entry => OfOtherReader(rule, entry, broken, hasOthers));
    }

    // What one odd key means for the others, and how leniently keys are read, nobody has recorded of the parties that are not written in Go.
    private static PartyRule OfOtherReader(string rule, PartyRule entry, InspectedKey[] broken, bool hasOthers) => rule switch
    {
        "key-malformed" or "key-encoding" when hasOthers || broken.Any(key => key.MayBeRead) => entry with { Evidence = Evidence.Unconfirmed },
        "key-malformed" => entry with { Evidence = RuleTable.Find("no-usable-key").For(entry.Party).Evidence },
        "key-use-other" when !hasOthers && entry.Severity == Severity.Warning => entry with { Severity = Severity.Error, Evidence = Evidence.Unconfirmed },

        // Recorded of AWS is enc alone.
        "key-use-other" when entry.Party == "aws" && broken.Any(key => key.Key.Use != "enc") => entry with { Evidence = Evidence.Unconfirmed },
        _ => entry,
    };

    // A key that is only encoded loosely a party might read.
    private static PartyRule NoKeyFor(PartyRule entry, InspectedKey[] broken) =>
        RuleTable.Find("no-usable-key").For(entry.Party) is var none && broken.Any(key => key.MayBeRead) ? none with { Evidence = Evidence.Unconfirmed } : none;

    private static string Names(InspectedKey[] keys, Func<InspectedKey, string> describe) =>
        $"{string.Join("; ", keys.Take(MaxNamed).Select(describe))}{(keys.Length > MaxNamed ? $"; and {keys.Length - MaxNamed} more" : "")}";
}
