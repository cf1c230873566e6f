using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>The header of a token (RFC 7515 §4.1) and its outer form.</summary>
internal static class TokenHeader
{
    /// <param name="create">The command that creates a good token.</param>
    /// <param name="stopped">The parties of which something was reported that leaves nothing to say about the algorithm.</param>
    public static void Validate(StepBuilder step, TokenInput input, CompactToken token, string create, IReadOnlyList<RelyingParty> stopped)
    {
        if (input.Surplus is { } surplus)
        {
            step.Report("token-newline", $"{PrintableText.Of(input.Name, 100)} {surplus}", $"write it without that: printf %s \"$(tr -d '[:space:]' < {ShellText.Quote(input.Name)})\" > token");
        }

        step.Report("token-long", $"{input.Text.Length} characters", only: step.Parties.Where(party => input.Text.Length > party.MaxTokenCharacters));
        ValidateType(step, token.Type, create);

        if (token.HasCritical)
        {
            ReportCritical(step, token.CriticalNames, TokenCommand.Instead(create));
        }

        ValidateAlgorithm(step, token, create, stopped);
    }

    // RFC 7515 §4.1.11: an extension that a party does not know makes it reject the token. An empty list names none, and go-jose knows b64.
    private static void ReportCritical(StepBuilder step, IReadOnlyList<string>? names, string fix)
    {
        bool isUnknown = names is null || names.Any(name => name != "b64");
        step.Report("token-critical", $"the header has crit{(names is null ? ", which is no array of strings" : names.Count == 0 ? ", which is empty" : "")}", fix,
            step.Parties.Where(party => isUnknown || !party.IsWrittenInGo), adapt: entry => isUnknown ? entry : entry with { Evidence = Evidence.Unconfirmed });
    }

    public static void ValidateAlgorithm(StepBuilder step, CompactToken token, string create, IReadOnlyList<RelyingParty> stopped)
    {
        string found = token.Algorithm is { } algorithm ? $"alg is \"{PrintableText.Of(algorithm, 20)}\"" : "the header has no alg that is a string";
        foreach (IGrouping<string, RelyingParty> same in step.Parties.Except(stopped)
            .Where(party => !party.Accepts(token.Algorithm))
            .GroupBy(party => string.Join(", ", party.Algorithms), StringComparer.Ordinal))
        {
            step.Report("token-algorithm", $"{found}; accepted: {(same.Key.Length > 0 ? same.Key : "asymmetric signatures")}", FixOf(token.Algorithm, same.First(), create), same);
        }

        step.Report("token-algorithm-flags", $"{found}; accepted with --authentication-config, while the flags --oidc-* accept only RS256, unless --oidc-signing-algs names others",
            "register the issuer in the file of --authentication-config (issuerctl trust render kubernetes writes it), or have tokens signed with RS256",
            step.Parties.Except(stopped).Where(party => party.Accepts(token.Algorithm) && token.Algorithm != "RS256"));
    }

    // What has to change depends on who chose the algorithm: an API server takes it from the type of its key.
    private static string FixOf(string? algorithm, RelyingParty party, string create)
    {
        const string flag = "--service-account-signing-key-file of every API server, once its public key is published";
        return algorithm switch
        {
            null or "" => TokenCommand.Instead(create),
            "none" => $"nobody has signed this token, and an API server signs every one: {create}",
            "HS256" or "HS384" or "HS512" => $"{algorithm} signs with a shared secret, and no API server does: {create}",
            "RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512" => $"an API server signs RS256 with its RSA key: set what signs with {algorithm} instead (an external signer, or another program) to RS256",
            "ES256" or "ES384" or "ES512" when party.Algorithms.Contains("ES256") => $"sign with an RSA key, or with an EC key of P-256: {flag}",
            _ when IsKnown(algorithm, StringComparer.OrdinalIgnoreCase) && !IsKnown(algorithm, StringComparer.Ordinal) => $"letter case counts, and no API server writes alg so: {create}",
            _ => $"sign with an RSA key: {flag}",
        };
    }

    private static bool IsKnown(string algorithm, StringComparer comparer) => RelyingParty.All.Any(party => party.Algorithms.Contains(algorithm, comparer));

    // RFC 7515 §4.1.9: a media type, so that letter case and "application/" do not matter; Entra is known to take "JWT" and nothing else.
    private static void ValidateType(StepBuilder step, string? type, string create)
    {
        if (type is null or "JWT")
        {
            return;
        }

        bool isJwt = type.Equals("JWT", StringComparison.OrdinalIgnoreCase) || type.Equals("application/jwt", StringComparison.OrdinalIgnoreCase);
        step.Report("token-type", $"typ is \"{PrintableText.Of(type, 50)}\"", TokenCommand.Instead(create), step.Parties.Where(party => !isJwt || party.Id == "entra"));
    }
}
