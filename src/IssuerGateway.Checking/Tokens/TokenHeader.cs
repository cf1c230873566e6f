using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>The header of a token (RFC 7515 §4.1) and its outer form.</summary>
internal static class TokenHeader
{
    public static void Validate(StepBuilder step, TokenInput input, CompactToken token)
    {
        if (input.EndsWithNewline)
        {
            step.Report("token-newline", $"{PrintableText.Of(input.Name, 100)} ends with a newline", $"write it without one: printf %s \"$(cat {ShellText.Quote(input.Name)})\" > token");
        }

        step.Report("token-long", $"{input.Text.Length} characters", only: step.Parties.Where(party => input.Text.Length > party.MaxTokenCharacters));
        if (token.Type is { } type && !type.Equals("JWT", StringComparison.OrdinalIgnoreCase))
        {
            step.Report("token-type", $"typ is \"{PrintableText.Of(type, 50)}\"");
        }

        if (token.HasCritical)
        {
            step.Report("token-critical", "the header has crit");
        }

        foreach (IGrouping<string, RelyingParty> same in step.Parties
            .Where(party => party.Algorithms.Count > 0 ? !party.Algorithms.Contains(token.Algorithm ?? "") : !IsAsymmetric(token.Algorithm))
            .GroupBy(party => string.Join(", ", party.Algorithms), StringComparer.Ordinal))
        {
            step.Report("token-algorithm", $"alg is \"{PrintableText.Of(token.Algorithm, 20)}\"; accepted: {(same.Key.Length > 0 ? same.Key : "asymmetric signatures")}", only: same);
        }
    }

    // RFC 8725 §3.1: none and the symmetric ones can never prove who issued a token.
    private static bool IsAsymmetric(string? algorithm) => algorithm is not null && algorithm is ['R' or 'E' or 'P', ..] or ['M', 'L', ..];
}
