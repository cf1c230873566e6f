using IssuerGateway.Issuers;
using static IssuerGateway.Checking.Rules.Responses;
using static IssuerGateway.Checking.Rules.Sources;

namespace IssuerGateway.Checking.Rules;

/// <summary>The rules of the discovery document, and of caching.</summary>
internal static class DocumentRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new()
        {
            Id = "discovery-malformed",
            Step = "discovery",
            Cause = "The discovery document cannot be read as one JSON object.",
            Expected = "one JSON object in UTF-8, with no member twice",
            Fix = "compare: curl -s URL; kubectl get --raw /.well-known/openid-configuration",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "issuer-missing",
            Step = "discovery",
            Cause = "The discovery document has no issuer that is a string.",
            Expected = "a member \"issuer\"",
            Fix = "check --service-account-issuer of the API server",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraFetch), ForAws(Severity.Error, AwsDocument), ForGoogle(Severity.Error, GoogleIssuer, Evidence.Documented, Evidence.Unconfirmed),
                ForVault(Severity.Error, VaultFetch), ForOpenBao(Severity.Error, VaultFetch), ForKubernetes(Severity.Error, KubernetesFetch), ForParty("keycloak", null, null, Evidence.SourceRead)),
        },
        new()
        {
            Id = "issuer-mismatch",
            Step = "discovery",
            Cause = "The discovery document names another issuer than the one that was checked.",
            Expected = "exactly the issuer that was requested (OIDC Discovery §4.3)",
            Fix = "use one spelling everywhere: token, discovery document, relying party",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraNoMatch), ForAws(Severity.Error, AwsProvider, Evidence.Unconfirmed), ForGoogle(Severity.Error, GoogleIssuer, Evidence.Observed),
                ForVault(Severity.Error, VaultFetch), ForOpenBao(Severity.Error, VaultFetch),
                ForKubernetes(Severity.Error, "401; API server log: issuer did not match the issuer returned by provider, expected ... got ..."),
                ForParty("keycloak", null, null, Evidence.SourceRead)),
        },
        new()
        {
            Id = "jwks-uri-missing",
            Step = "discovery",
            Cause = "The discovery document has no jwks_uri that is a string.",
            Expected = "a member \"jwks_uri\"",
            Fix = "publish \"jwks_uri\" in the document, as the API server (--service-account-jwks-uri) and the gateway do",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "jwks-uri-malformed",
            Step = "jwks",
            Cause = "The jwks_uri is not a plain absolute https URL, and was not requested.",
            Expected = "an absolute https URL of printable ASCII",
            Fix = "set --service-account-jwks-uri of the API server, or publish through the gateway, which replaces it",
            Parties = NoKeys(),
        },
        new()
        {
            Id = "jwks-uri-unusual",
            Step = "jwks",
            Cause = "The jwks_uri has a fragment, a dot segment or a character that a URL must not have, and clients make different URLs of it.",
            Expected = "a plain path (RFC 3986 §3.3), and no fragment",
            Fix = "set --service-account-jwks-uri of the API server, or publish through the gateway, which replaces it",
            Parties = IgnoredInGo(Severity.Error, ForEntra(Severity.Error, EntraKeys, Evidence.Unconfirmed), ForAws(Severity.Error, AwsFetch, Evidence.Unconfirmed), ForGoogle(Severity.Error, GoogleFetch, Evidence.Unconfirmed)),
        },
        new()
        {
            Id = "jwks-uri-scheme-case",
            Step = "jwks",
            Cause = "The scheme of jwks_uri is not in lower case, which not every client reads.",
            Expected = "https:// in lower case",
            Fix = "set --service-account-jwks-uri of the API server, or publish through the gateway, which replaces it",
            Parties = IgnoredInGo(Severity.Warning),
        },
        new()
        {
            Id = "discovery-member-missing",
            Step = "discovery",
            Cause = "The discovery document lacks a member that the relying party reads.",
            Expected = "issuer, jwks_uri, response_types_supported, subject_types_supported and id_token_signing_alg_values_supported",
            Fix = "publish it: \"response_types_supported\":[\"id_token\"], \"subject_types_supported\":[\"public\"], \"id_token_signing_alg_values_supported\":[\"RS256\"]",
            Parties = IgnoredInGo(Severity.Warning, ForAws(Severity.Error, AwsDocument, source: new("go-vela/server#1156", new(2026, 11, 28))), ForEntra(Severity.Warning, null, Evidence.Unconfirmed)),
        },
        new()
        {
            Id = "discovery-member-type",
            Step = "discovery",
            Cause = "A member of the discovery document has another type than the relying party reads.",
            Expected = "authorization_endpoint, token_endpoint and userinfo_endpoint as strings, the list of algorithms as an array of strings, or none of them",
            Fix = "remove the member where the document is written; the document of the API server: kubectl get --raw /.well-known/openid-configuration",
            Parties = Every(null, ForKubernetes(Severity.Error, KubernetesFetch)),
        },
        new()
        {
            Id = "discovery-required-empty",
            Step = "discovery",
            Cause = "A required member of the discovery document is empty.",
            Expected = "a value: OIDC Discovery §3 requires the member",
            Fix = "publish it: \"response_types_supported\":[\"id_token\"], \"subject_types_supported\":[\"public\"], \"id_token_signing_alg_values_supported\":[\"RS256\"]",
            Parties = IgnoredInGo(Severity.Warning, ForAws(Severity.Error, AwsDocument, Evidence.Unconfirmed), ForEntra(Severity.Error, "AADSTS501661: Request to External OIDC endpoint failed", Evidence.Observed)),
        },
        new()
        {
            Id = "discovery-member-empty",
            Step = "discovery",
            Cause = "An optional member of the discovery document is an empty string or array.",
            Expected = "no empty strings or arrays",
            Fix = "remove the member where the document is written; the document of the API server: kubectl get --raw /.well-known/openid-configuration",
            Parties = IgnoredInGo(Severity.Warning, ForEntra(Severity.Error, "AADSTS501661: Request to External OIDC endpoint failed", Evidence.Observed)),
        },
        new()
        {
            Id = "discovery-algorithms",
            Step = "jwks",
            Cause = "The discovery document does not list the algorithm of a published key.",
            Expected = "the algorithm of every key in id_token_signing_alg_values_supported (OIDC Discovery §3), as the API server writes it",
            Fix = "add the algorithm of the key to id_token_signing_alg_values_supported, which is \"RS256\" for an RSA key of Kubernetes",
            Parties = IgnoredInGo(Severity.Warning),
        },
        new()
        {
            Id = "cache-missing",
            Step = "caching",
            Cause = "The document carries no Cache-Control with max-age.",
            Expected = "Cache-Control with max-age",
            Fix = "send Cache-Control: public, max-age=300 where the document is served (proxy, storage or CDN)",
            Parties = Every(Severity.Warning, ForVault(null, null), ForOpenBao(null, null)),
        },
        new()
        {
            Id = "cache-long",
            Step = "caching",
            Cause = "The document may be cached for longer than a day.",
            Expected = "max-age of at most 24 h",
            Fix = "lower max-age (ClientMaxAge of the gateway, or where the document is served): a rotated key is seen only after it",
            Parties = Every(Severity.Warning, ForEntra(Severity.Warning, EntraUnpublished, Evidence.Unconfirmed), ForVault(null, null), ForOpenBao(null, null), ForKubernetes(Severity.Warning, KubernetesSignature)),
        },
        new()
        {
            Id = "clock-skew",
            Step = "caching",
            Cause = "The clock of the server and the clock of this machine differ by more than 5 minutes.",
            Expected = "a clock within 5 minutes of the server's Date",
            Fix = "synchronize both clocks (NTP), on each machine: timedatectl set-ntp true",
            Parties = Every(Severity.Warning, ForEntra(Severity.Warning, EntraTime), ForAws(Severity.Warning, "Token issued in the future; Token not yet valid"),
                ForVault(Severity.Warning, "token is expired"), ForOpenBao(Severity.Warning, "token is expired"), ForKubernetes(Severity.Warning, "401; API server log: token is expired")),
        },
    ];
}
