using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>The claims of a token but for its issuer and times.</summary>
internal static class TokenClaims
{
    /// <summary>What go-oidc reads by encoding/json, for which letter case does not count: the last of them holds.</summary>
    private static readonly string[] readByKubernetes = ["iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "at_hash"];

    /// <param name="audience">The audience that is registered; null for that of each party.</param>
    /// <param name="registered">The subject that is registered; null to compare it with nothing.</param>
    /// <param name="command">The command that creates a good token.</param>
    public static void Validate(StepBuilder step, CompactToken token, string? audience, string? registered, string command)
    {
        string create = $"create the token with the API server, which writes every claim: {command}";
        foreach (IGrouping<string, RelyingParty> same in step.Parties.GroupBy(party => string.Join(' ', Missing(party, token, audience, registered)), StringComparer.Ordinal).Where(group => group.Key.Length > 0))
        {
            ReportMissing(step, token, same.Key.Split(' '), create, same);
        }

        if (token.Audiences.Count == 0 && !token.HasOddAudience && audience is null)
        {
            step.Report("token-claim-missing", $"{(token.HasEmptyAudiences ? "aud is empty" : "no aud")}: accepted only by a role without bound_audiences", create, step.Parties.Where(party => party.AcceptsUnboundAudience), Severity.Warning);
        }

        TokenAudience.Validate(step, token, audience);
        if (registered is { } subject && token.Subject is { Length: > 0 } own && own != subject)
        {
            ReportSubject(step, own, subject, TokenCommand.Audience(step.Parties, audience, token));
        }

        ReportLength(step, token.Subject ?? "");
        ReportDuplicates(step, token, TokenCommand.Instead(command));
        IGrouping<string, string>[] ambiguous = [.. token.Claims.GroupBy(claim => claim, StringComparer.OrdinalIgnoreCase).Where(same => same.Distinct(StringComparer.Ordinal).Count() > 1)];
        if (ambiguous.Length > 0)
        {
            bool isRead = ambiguous.Any(same => readByKubernetes.Contains(same.Key, StringComparer.OrdinalIgnoreCase));
            step.Report("token-claim-case", $"claims that differ only in letter case: {string.Join(", ", ambiguous[0].Select(claim => PrintableText.Of(claim, 50)))}", TokenCommand.Instead(command), step.Parties.Where(party => party.Id != "kubernetes" || isRead));
        }
    }

    private static void ReportDuplicates(StepBuilder step, CompactToken token, string fix)
    {
        foreach ((string rule, string part, IReadOnlyList<string> names) in (IEnumerable<(string, string, IReadOnlyList<string>)>)[("token-header-duplicate", "header", token.DuplicateHeaders), ("token-claim-duplicate", "payload", token.DuplicateClaims)])
        {
            if (names.Count > 0)
            {
                step.Report(rule, $"the {part} has {string.Join(", ", names.Distinct(StringComparer.Ordinal).Take(3).Select(name => PrintableText.Quote(SecretText.Hide(name), 50)))} more than once; the check takes the last", fix);
            }
        }
    }

    private static void ReportLength(StepBuilder step, string subject)
    {
        int bytes = Encoding.UTF8.GetByteCount(subject);
        foreach (RelyingParty party in step.Parties.Where(party => bytes > party.MaxSubjectBytes || subject.Length > party.MaxSubjectCharacters))
        {
            step.Report("token-subject-long", $"sub has {(party.MaxSubjectBytes is { } most ? $"{bytes} bytes; {party.Name} takes {most}" : $"{subject.Length} characters; {party.Name} takes {party.MaxSubjectCharacters}")}",
                party.Id == "google" ? "map google.subject to a shorter expression than assertion.sub, or choose a shorter namespace or ServiceAccount name" : null, [party]);
        }
    }

    private static void ReportSubject(StepBuilder step, string own, string stated, string audience)
    {
        bool isSameButForCase = string.Equals(own, stated, StringComparison.OrdinalIgnoreCase);
        step.Report("token-subject", $"sub is {HiddenCharacters.Named(own)}{(isSameButForCase ? ", only the letter case differs" : "")}; expected {HiddenCharacters.Named(stated)}", FixOfSubject(own, stated, audience, isSameButForCase));
    }

    // Which of the two is wrong only the one knows who gave them, unless one cannot be the subject of a ServiceAccount.
    private static string FixOfSubject(string subject, string stated, string audience, bool isSameButForCase)
    {
        string shown = ShellText.Quote(subject), whole = TokenCommand.WholeSubject(stated, subject), create = TokenCommand.Create(whole, audience);
        bool isAccount = TokenCommand.IsServiceAccount(subject);
        return isAccount && (whole == subject || subject.EndsWith($":{stated}", StringComparison.Ordinal)) ? $"did you mean --subject {shown}? Register that at the relying party"
            : HiddenCharacters.In(stated) is { } inStated ? $"--subject has {inStated}: write it without, there and at the relying party"
            : HiddenCharacters.In(subject) is { } inSubject ? $"the sub of the token has {inSubject}, which no API server writes: {create}"
            : isAccount && isSameButForCase ? $"names in Kubernetes are in lower case: register {shown} at the relying party, and check with --subject {shown}"
            : (isAccount, TokenCommand.IsServiceAccount(whole)) switch
            {
                (true, true) => $"register {shown} at the relying party if the workload runs as that, else create the token of the ServiceAccount that was given: {create}",
                (true, false) => $"what was given is not the subject of a ServiceAccount: register {shown} at the relying party, and check with --subject {shown}",
                (false, true) => $"the token is not of a ServiceAccount: {create}",
                _ => $"register {shown} at the relying party, or send a token with the subject that was given",
            };
    }

    // A subject that is registered never equals one that is not there: that is known of a party too whose list of claims is not.
    private static void ReportMissing(StepBuilder step, CompactToken token, string[] claims, string fix, IEnumerable<RelyingParty> parties)
    {
        string[] absent = [.. claims.Where(claim => !token.Has(claim))];
        string found = string.Join(", ", [.. absent.Length > 0 ? [$"no {string.Join(", ", absent)}"] : (string[])[], .. claims.Except(absent).Select(claim => Unusable(claim, token))]);
        step.Report("token-claim-missing", found, fix, parties, adapt: entry => ClaimRules.NamingMissing(IsOfSubject(entry) ? RuleTable.Find("token-subject").For(entry.Party) with { Response = null } : entry, absent));

        bool IsOfSubject(PartyRule entry) => claims.Contains("sub") && (entry.Evidence == Evidence.Unconfirmed || (claims is [_] && !RelyingParty.Find(entry.Party)!.RequiredClaims.Contains("sub")));
    }

    // The issuer, and an audience that is known or of another type, are compared elsewhere, and that there is none is said there.
    private static IEnumerable<string> Missing(RelyingParty party, CompactToken token, string? audience, string? registered) =>
        party.RequiredClaims.Union(registered is null ? [] : ["sub"]).Where(claim => claim switch
        {
            "iss" => false,
            "aud" => token.Audiences.Count == 0 && !token.HasOddAudience && (audience ?? party.Audience) is null,

            // No registration has an empty subject.
            "sub" => string.IsNullOrEmpty(token.Subject),
            _ => !token.Has(claim),
        });

    private static string Unusable(string claim, CompactToken token) =>
        (claim == "sub" && token.Subject is "") || (claim == "aud" && token.HasEmptyAudiences) ? $"{claim} is empty" : $"{claim} is not a string";
}
