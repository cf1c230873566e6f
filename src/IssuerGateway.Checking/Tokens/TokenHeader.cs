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
        if (input.Surplus is { } surplus)
        {
            step.Report("token-newline", $"{PrintableText.Of(input.Name, 100)} {surplus}", $"write it without that: printf %s \"$(tr -d '[:space:]' < {ShellText.Quote(input.Name)})\" > token");
        }

        step.Report("token-long", $"{input.Text.Length} characters", only: step.Parties.Where(party => input.Text.Length > party.MaxTokenCharacters));
        ValidateType(step, token.Type);

        if (token.HasCritical)
        {
            step.Report("token-critical", "the header has crit");
        }

        ValidateAlgorithm(step, token);
    }

    public static void ValidateAlgorithm(StepBuilder step, CompactToken token)
    {
        foreach (IGrouping<string, RelyingParty> same in step.Parties
            .Where(party => !party.Accepts(token.Algorithm))
            .GroupBy(party => string.Join(", ", party.Algorithms), StringComparer.Ordinal))
        {
            step.Report("token-algorithm", $"alg is \"{PrintableText.Of(token.Algorithm, 20)}\"; accepted: {(same.Key.Length > 0 ? same.Key : "asymmetric signatures")}", only: same);
        }
    }

    // RFC 7515 §4.1.9: a media type, so that letter case and "application/" do not matter; Entra is known to take "JWT" and nothing else.
    private static void ValidateType(StepBuilder step, string? type)
    {
        if (type is null or "JWT")
        {
            return;
        }

        bool isJwt = type.Equals("JWT", StringComparison.OrdinalIgnoreCase) || type.Equals("application/jwt", StringComparison.OrdinalIgnoreCase);
        step.Report("token-type", $"typ is \"{PrintableText.Of(type, 50)}\"", only: step.Parties.Where(party => !isJwt || party.Id == "entra"));
    }
}
