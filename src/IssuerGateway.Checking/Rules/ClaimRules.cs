using IssuerGateway.Issuers;
using static IssuerGateway.Checking.Rules.Responses;
using static IssuerGateway.Checking.Rules.Sources;

namespace IssuerGateway.Checking.Rules;

/// <summary>The rules of what a token says: issuer, audience, subject, times.</summary>
internal static class ClaimRules
{
    private const string VaultExpired = "token is expired";
    private const string VaultAudience = "audience claim does not match any expected audience";
    private const string EntraAudience = "AADSTS700212: No matching federated identity record found for presented assertion audience";
    private const string EntraSubject = "AADSTS700213: No matching federated identity record found for presented assertion subject (only letter case: AADSTS7002138)";
    private const string AwsDenied = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";

    private const string AwsMissing = "InvalidIdentityToken: Missing a required claim";

    public static IReadOnlyList<Rule> All { get; } =
    [
        new()
        {
            Id = "token-issuer",
            Step = "token",
            Cause = "The iss of the token is not the issuer that was checked.",
            Expected = "exactly the issuer",
            Fix = "use one spelling everywhere: where relying party and discovery document agree, create a new token; where the token and the document agree, register theirs",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraNoMatch), ForAws(Severity.Error, AwsProvider), ForGoogle(Severity.Error, GoogleFetch, Evidence.Observed),
                ForVault(Severity.Warning, "invalid issuer (iss) claim (only with bound_issuer)"), ForOpenBao(Severity.Warning, "invalid issuer (iss) claim (only with bound_issuer)"),
                ForKubernetes(Severity.Error, KubernetesIssuer), ForParty("openai", Severity.Error), ForParty("snowflake", Severity.Error), ForParty("databricks", Severity.Error)),
        },
        new()
        {
            Id = "token-audience",
            Step = "token",
            Cause = "The audience of the token is not the one that the relying party expects.",
            Expected = "the audience of the relying party, and for Entra no other",
            Fix = "project the token with the audience of the relying party",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraAudience), ForAws(Severity.Error, AwsInvalid),
                ForGoogle(Severity.Error, "The audience in ID Token [..] does not match the expected audience", wording: Evidence.Unconfirmed),
                ForVault(Severity.Error, VaultAudience), ForOpenBao(Severity.Error, VaultAudience), ForKubernetes(Severity.Error, "401; API server log: expected audience in ... got ..."),
                ForParty("snowflake", Severity.Error), ForParty("databricks", Severity.Error), ForParty("keycloak", Severity.Error, null, Evidence.SourceRead)),
        },
        new()
        {
            Id = "token-audience-long",
            Step = "token",
            Cause = "The audience is longer than one that can be registered at the relying party.",
            Expected = "at most 600 characters for Entra, 256 for Google",
            Fix = "register a shorter audience, and project the token with that",
            Parties = Every(null, ForEntra(Severity.Error, "the federated credential cannot be created"), ForAws(null, null), ForGoogle(Severity.Error, null)),
        },
        new()
        {
            Id = "token-subject",
            Step = "token",
            Cause = "The subject of the token is not the one that was given.",
            Expected = "exactly the subject, system:serviceaccount:NAMESPACE:NAME",
            Fix = "register the subject of the token at the relying party if the workload runs as that, else create the token of the ServiceAccount that was given",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraSubject), ForAws(Severity.Error, AwsDenied),
                ForGoogle(Severity.Error, "unauthorized_client: ... rejected by the attribute condition; without one 403, at impersonation or use"),
                ForVault(Severity.Error, "invalid subject (sub) claim"), ForOpenBao(Severity.Error, "invalid subject (sub) claim"), ForKubernetes(Severity.Error, "403 (RBAC)"),
                ForParty("snowflake", Severity.Error), ForParty("databricks", Severity.Error)),
        },
        new()
        {
            Id = "token-subject-long",
            Step = "token",
            Cause = "The subject of the token is longer than the relying party accepts.",
            Expected = "at most 600 characters for Entra, 127 bytes for Google, 255 characters for Snowflake",
            Fix = "choose a shorter namespace or ServiceAccount name",
            Parties = Every(null, ForEntra(Severity.Error, "the federated credential cannot be created"), ForAws(null, null), ForGoogle(Severity.Error, null), ForParty("snowflake", Severity.Error)),
        },
        new()
        {
            Id = "token-claim-missing",
            Step = "token",
            Cause = "The token lacks a claim that the relying party requires.",
            Expected = "every claim that the relying party requires",
            Fix = "create the token with the API server, which writes every claim: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, $"{EntraLifetime}; of other claims not recorded", Evidence.Observed), ForAws(Severity.Error, AwsMissing), ForGoogle(Severity.Error, null),
                ForVault(Severity.Error, null), ForOpenBao(Severity.Error, null), ForKubernetes(Severity.Error, null),
                ForParty("anthropic", Severity.Error)),
        },
        new()
        {
            Id = "token-time-malformed",
            Step = "token",
            Cause = "A time in the token is not a number of seconds, or out of range.",
            Expected = "times as seconds since 1970 (RFC 7519 §2)",
            Fix = "no API server creates such a token: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",
            Parties = Every(Severity.Error, ForVault(Severity.Error, null), ForOpenBao(Severity.Error, null), ForKubernetes(Severity.Error, null)),
        },
        new()
        {
            Id = "token-time-fraction",
            Step = "token",
            Cause = "A time in the token has a fraction.",
            Expected = "times in whole seconds",
            Fix = "no API server creates such a token: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",
            Parties = Every(null, ForAws(Severity.Error, AwsInvalid)),
        },
        new()
        {
            Id = "token-claim-case",
            Step = "token",
            Cause = "Two claims of the token differ only in letter case.",
            Expected = "claim names that differ in more than letter case",
            Fix = "no API server creates such a token: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",
            Parties = Every(null, ForVault(Severity.Error, null), ForOpenBao(Severity.Error, null), ForKubernetes(Severity.Error, null) with { Evidence = Evidence.Unconfirmed }),
        },
        new()
        {
            Id = "token-member-type",
            Step = "token",
            Cause = "A member of the token has a type with which the relying party does not read it.",
            Expected = "the types of RFC 7519 §4.1 and RFC 7515 §4.1, and no b64 but true",
            Fix = "no API server creates such a token: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",
            Parties = Every(null, ForVault(Severity.Error, null), ForOpenBao(Severity.Error, null), ForKubernetes(Severity.Error, null)),
        },
        new()
        {
            Id = "token-claim-duplicate",
            Step = "token",
            Cause = "A claim of the token is there more than once.",
            Expected = "each claim once (RFC 7519 §4: a reader rejects the token, or takes the last)",
            Fix = "no API server creates such a token: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",

            // Both cap (jwt/keyset.go, for the keys of an issuer) and go-oidc (verify.go) read the payload with encoding/json, which takes the last.
            Parties = IgnoredInGo(Severity.Error, ForAws(Severity.Error, null, Evidence.Unconfirmed), ForGeneric(Severity.Warning)),
        },
        new()
        {
            Id = "token-header-duplicate",
            Step = "token",
            Cause = "A member of the token's header is there more than once.",
            Expected = "each member once (RFC 7515 §4: a reader rejects the token, or takes the last)",
            Fix = "no API server creates such a token: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",

            // go-jose 2.6.3 and 4.0.5 read the header with a copy of encoding/json that rejects it (json/README.md).
            Parties = Every(Severity.Error, ForVault(Severity.Error, null), ForOpenBao(Severity.Error, null), ForKubernetes(Severity.Error, null), ForGeneric(Severity.Warning)),
        },
        new()
        {
            Id = "token-lifetime",
            Step = "token",
            Cause = "The token lives longer than the relying party accepts.",
            Expected = "between iat and exp at most 25 h for Entra, less than 48 h for Google, at most 49 h for Anthropic; exp at most 1 h ahead for Keycloak",
            Fix = "project the token with expirationSeconds: 3600",
            Parties = IgnoredInGo(null, ForEntra(Severity.Error, EntraLifetime, Evidence.Observed), ForAws(null, null), ForGoogle(Severity.Error, null), ForParty("anthropic", Severity.Error), ForParty("keycloak", Severity.Error, null, Evidence.SourceRead)),
        },
        new()
        {
            Id = "token-expired",
            Step = "token",
            Cause = "The token has expired.",
            Expected = "a token before its exp",
            Fix = "read the token file again at every use: the kubelet replaces it at 80 % of its lifetime. Check the clocks, and create a new token",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraTime), ForAws(Severity.Error, "ExpiredTokenException: Token expired: current date/time ... must be before ..."),
                ForGoogle(Severity.Error, "invalid_grant: ID Token issued at ... is stale to sign-in.", Evidence.Observed),
                ForVault(Severity.Error, VaultExpired), ForOpenBao(Severity.Error, VaultExpired), ForKubernetes(Severity.Error, "401; API server log: token is expired (Token Expiry: ...)"),
                ForParty("anthropic", Severity.Error), ForParty("keycloak", Severity.Error, null, Evidence.SourceRead)),
        },
        new()
        {
            Id = "token-early",
            Step = "token",
            Cause = "The token is not valid yet.",
            Expected = "a token after its nbf and iat",
            Fix = "synchronize the clocks of the API servers and of this machine, and of the relying party if it is yours (NTP)",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraTime), ForAws(Severity.Error, "InvalidIdentityToken: Token issued in the future; Token not yet valid"), ForGoogle(Severity.Error, null),
                ForVault(Severity.Error, null), ForOpenBao(Severity.Error, null), ForKubernetes(Severity.Error, null), ForParty("keycloak", Severity.Error, null, Evidence.SourceRead)),
        },
    ];

    /// <summary>What AWS says of a claim that is not there, whichever rule it breaks; any other entry as it is.</summary>
    public static PartyRule NamingMissing(PartyRule entry, params IReadOnlyCollection<string> claims) =>
        entry.Party == "aws" && claims.Count > 0 ? entry with { Response = $"{AwsMissing}: {string.Join(" or ", claims)}" } : entry;
}
