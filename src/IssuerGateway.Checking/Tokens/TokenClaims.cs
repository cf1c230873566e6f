using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>The claims of a token but for its issuer and times.</summary>
internal static class TokenClaims
{
    public static void Validate(StepBuilder step, TokenInput input, CompactToken token, CheckRequest request)
    {
        foreach (IGrouping<string, RelyingParty> same in step.Parties
            .GroupBy(party => string.Join(", ", Missing(party, token, request)), StringComparer.Ordinal)
            .Where(group => group.Key.Length > 0))
        {
            step.Report("token-claim-missing", $"no {same.Key}", only: same);
        }

        TokenAudience.Validate(step, token, request.Audience);
        if (request.Subject is { } subject && token.Subject != subject)
        {
            string nearly = string.Equals(token.Subject, subject, StringComparison.OrdinalIgnoreCase) ? ", only the letter case differs" : "";
            step.Report("token-subject", $"sub is {ShownText.Quote(token.Subject)}{nearly}; expected {ShownText.Quote(subject)}",
                $"register the subject of the token at the relying party: {ShellText.Quote(token.Subject ?? "")}");
        }

        int length = Encoding.UTF8.GetByteCount(token.Subject ?? "");
        step.Report("token-subject-long", $"sub has {length} bytes", only: step.Parties.Where(party => length > party.MaxSubjectBytes));
        if (token.Claims.GroupBy(claim => claim, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Distinct(StringComparer.Ordinal).Count() > 1) is { } ambiguous)
        {
            step.Report("token-claim-case", $"claims that differ only in letter case: {string.Join(", ", ambiguous.Select(claim => PrintableText.Of(claim, 50)))}");
        }
    }

    // The issuer, and an audience that is known, are compared elsewhere, and that there is none is said there.
    private static IEnumerable<string> Missing(RelyingParty party, CompactToken token, CheckRequest request) => party.RequiredClaims
        .Where(claim => claim switch
        {
            "iss" => false,
            "aud" => token.Audiences.Count == 0 && (request.Audience ?? party.Audience) is null,

            // No registration has an empty subject.
            "sub" => string.IsNullOrEmpty(token.Subject),
            _ => !token.Claims.Contains(claim),
        })
        .Select(claim => claim == "sub" && token.Subject is "" ? "sub that is not empty" : token.Claims.Contains(claim) ? $"{claim} that is a string" : claim);
}
