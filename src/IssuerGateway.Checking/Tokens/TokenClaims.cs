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
            .GroupBy(party => string.Join(", ", party.RequiredClaims.Where(claim => claim is not "iss" and not "aud" && !token.Claims.Contains(claim))), StringComparer.Ordinal)
            .Where(group => group.Key.Length > 0))
        {
            step.Report("token-claim-missing", $"no {same.Key}", only: same);
        }

        if (!token.Claims.Any(claim => claim is "iat" or "nbf" or "exp"))
        {
            step.Report("token-claim-missing", "none of iat, nbf and exp", only: step.Parties.Where(party => party.RequiredClaims.Count == 0));
        }

        TokenAudience.Validate(step, token, request.Audience);
        if (request.Subject is { } subject && token.Subject != subject)
        {
            string nearly = string.Equals(token.Subject, subject, StringComparison.OrdinalIgnoreCase) ? ", only the letter case differs" : "";
            step.Report("token-subject", $"sub is \"{PrintableText.Of(token.Subject)}\"{nearly}; expected \"{PrintableText.Of(subject)}\"",
                $"register the subject of the token at the relying party: {ShellText.Quote(token.Subject ?? "")}");
        }

        int length = Encoding.UTF8.GetByteCount(token.Subject ?? "");
        step.Report("token-subject-long", $"sub has {length} bytes", only: step.Parties.Where(party => length > party.MaxSubjectBytes));
        if (token.Claims.GroupBy(claim => claim, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Distinct(StringComparer.Ordinal).Count() > 1) is { } ambiguous)
        {
            step.Report("token-claim-case", $"claims that differ only in letter case: {string.Join(", ", ambiguous.Select(claim => PrintableText.Of(claim, 50)))}");
        }
    }
}
