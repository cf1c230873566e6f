using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>
/// For every rule of a check: what it expects, and what relying parties answer when it is broken. Entra's codes are
/// those that Microsoft documents or that public reports show; texts and codes may change.
/// </summary>
public static class RuleTexts
{
    private const string EntraFetch = "AADSTS50166: request to external OIDC endpoint failed (also AADSTS501661, AADSTS90061)";
    private const string EntraNoMatch = "AADSTS700211: no matching federated identity record found for the issuer (older: AADSTS70021)";
    private const string EntraKeys = "AADSTS900612: the keys could not be parsed";
    private const string EntraAlgorithm = "AADSTS5002738: the signature algorithm is not supported";
    private const string AwsFetch = "InvalidIdentityToken: Couldn't retrieve verification key from your identity provider";
    private const string GoogleFetch = "invalid_grant: Error connecting to the given credential's issuer";
    private const string GoogleIssuer = "invalid_grant: The issuer in ID Token does not match the expected one";
    private const string VaultFetch = "error checking oidc discovery URL";

    private static readonly Dictionary<string, (string Expected, (string Profile, string Message)[] Answers)> texts = new(StringComparer.Ordinal)
    {
        ["url-malformed"] = ("the issuer URL, https, without query, fragment or well-known suffix", [("entra", EntraNoMatch)]),
        ["dns-failed"] = ("at least one address", Fetch()),
        ["address-private"] = ("addresses that the internet can reach", Fetch()),
        ["address-unseen"] = ("keys on the host of the issuer when a proxy is used", []),
        ["tcp-failed"] = ("a connection to every address", Fetch()),
        ["tls-failed"] = ("a TLS 1.2 or 1.3 handshake", Fetch()),
        ["tls-untrusted"] = ("a chain to a publicly trusted root", Fetch()),
        ["tls-chain-incomplete"] = ("every intermediate certificate sent by the server", Fetch()),
        ["tls-name-mismatch"] = ("a certificate for the host of the issuer", Fetch()),
        ["tls-expired"] = ("a certificate within its dates", Fetch()),
        ["tls-expires-soon"] = ("at least 7 days, or a third of a shorter lifetime, until it expires", Fetch()),
        ["tls-old-protocol"] = ("TLS 1.2 or later", Fetch()),
        ["http-failed"] = ("an answer", Fetch()),
        ["http-timeout"] = ("a whole answer within the patience of the relying party", Fetch()),
        ["http-redirect"] = ("status 200; relying parties follow no redirect, or should not", Fetch()),
        ["http-status"] = ("status 200", Fetch()),
        ["http-too-large"] = ($"at most {StrictJson.MaxBytes} bytes", Fetch()),
        ["http-slow"] = ("an answer well within the patience of the relying party", Fetch()),
        ["content-type"] = ("application/json, or application/jwk-set+json for the JWK Set", [("generic", "strict parsers refuse the document")]),
        ["content-length-missing"] = ("a Content-Length header", [("entra", "a sister feature of Entra requires it")]),
        ["cache-missing"] = ("Cache-Control with max-age", []),
        ["cache-long"] = ("max-age of at most 24 h", [("entra", "AADSTS7000272 after a rotation: the signing key is not among the keys it holds")]),
        ["discovery-malformed"] = ("one strict JSON object", [("entra", EntraFetch), ("aws", AwsFetch), ("google", GoogleFetch), ("vault", VaultFetch)]),
        ["issuer-missing"] = ("a member \"issuer\"", [("entra", EntraFetch)]),
        ["issuer-mismatch"] = ("exactly the issuer that was asked for", [("entra", EntraNoMatch), ("aws", AwsFetch), ("google", GoogleIssuer), ("vault", "issuer did not match the issuer returned by provider")]),
        ["jwks-uri-missing"] = ("a member \"jwks_uri\"", [("entra", EntraFetch), ("aws", AwsFetch)]),
        ["jwks-uri-malformed"] = ("an absolute https URL", Fetch()),
        ["discovery-member-empty"] = ("no empty texts or arrays", [("entra", "AADSTS501661: request to external OIDC endpoint failed")]),
        ["issuer-long"] = ("at most 600 characters", [("entra", "the federated credential cannot be created")]),
        ["issuer-port"] = ("no port", [("aws", "the identity provider cannot be created")]),
        ["issuer-trailing-slash"] = ("the same spelling at the relying party", [("entra", EntraNoMatch)]),
        ["key-set-malformed"] = ("a JWK Set in strict JSON", [("entra", EntraKeys), ("aws", AwsFetch)]),
        ["key-set-empty"] = ("at least one key", [("entra", EntraKeys), ("aws", AwsFetch)]),
        ["key-set-too-many"] = ("at most 100 keys", [("entra", "AADSTS7000272 for a key beyond the first 100")]),
        ["private-key"] = ("public keys only", []),
        ["kid-duplicate"] = ("distinct kids", [("entra", "AADSTS7000274: the signature is invalid")]),
        ["key-malformed"] = ("the members that RFC 7518 requires of the type", [("entra", EntraKeys)]),
        ["no-rs256"] = ("an RS256 key", [("entra", EntraAlgorithm)]),
        ["rsa-short"] = ("RSA keys of at least 2048 bits", []),
        ["key-undescribed"] = ("kid, alg and use on every key", [("google", "the key is not found")]),
        ["key-type-unknown"] = ("key types RSA or EC", [("entra", EntraAlgorithm)]),
        ["key-algorithm"] = ("keys of an algorithm that the relying party takes", [("entra", EntraAlgorithm)]),
        ["token-malformed"] = ("a signed JWT of at most 64 KiB", [("entra", "AADSTS50027: the JWT token is invalid")]),
        ["token-type"] = ("no typ, or JWT", [("entra", "AADSTS5002727: the typ of the token is wrong")]),
        ["token-algorithm"] = ("an algorithm that the relying party takes", [("entra", EntraAlgorithm)]),
        ["token-key-unpublished"] = ("the kid of a published key", [("entra", "AADSTS7000272: the signing key is not among the published keys"), ("aws", AwsFetch)]),
        ["token-signature"] = ("a signature by the published key", [("entra", "AADSTS7000274: the signature is invalid")]),
        ["token-issuer"] = ("exactly the issuer", [("entra", EntraNoMatch), ("google", GoogleIssuer)]),
        ["token-audience"] = ("exactly one audience, the one that is asked for", [("entra", "AADSTS700212: no matching federated identity record found for the audience"), ("aws", "InvalidIdentityToken: Incorrect token audience")]),
        ["token-subject"] = ("exactly the subject", [("entra", "AADSTS700213: no matching federated identity record found for the subject (only letter case: AADSTS7002138)")]),
        ["token-lifetime"] = ("iat, and at most 25 h between iat and exp", [("entra", "AADSTS70023: the lifetime is too long or iat is missing")]),
        ["token-time-malformed"] = ("times as seconds since 1970 (RFC 7519 §2)", []),
        ["token-expired"] = ("a token within nbf and exp", [("entra", "AADSTS700024: not within its valid time range"), ("aws", "ExpiredTokenException")]),
        ["clock-skew"] = ("a clock within 5 minutes of the server's Date", [("entra", "AADSTS700024: not within its valid time range")]),
        ["upstream-unreachable"] = ("documents from every API server", []),
        ["upstream-differs"] = ("the API server's documents, byte for byte but for jwks_uri", [("entra", "AADSTS7000272 or AADSTS700211, by what differs")]),
        ["servers-differ"] = ("the same keys on every API server", [("entra", "AADSTS7000272 now and then")]),
        ["kid-conflict"] = ("one key a kid", [("entra", "AADSTS7000274 now and then")]),
        ["exchange-refused"] = ("an access token", []),
        ["exchange-failed"] = ("an answer of the token endpoint", []),
    };

    /// <summary>Every rule that a check can name.</summary>
    public static IReadOnlyCollection<string> Rules => texts.Keys;

    public static CheckFinding Finding(string rule, Severity severity, string found, string fix, IEnumerable<RelyingPartyProfile> profiles)
    {
        (string expected, (string Profile, string Message)[] answers) = texts[rule];
        return new CheckFinding
        {
            Rule = rule,
            Severity = severity,
            Found = found,
            Expected = expected,
            Fix = fix,
            Answers = [.. answers.Where(answer => profiles.Any(profile => profile.Name == answer.Profile)).Select(answer => new RelyingPartyAnswer(answer.Profile, answer.Message))],
        };
    }

    private static (string, string)[] Fetch() => [("entra", EntraFetch), ("aws", AwsFetch), ("google", GoogleFetch), ("vault", VaultFetch)];
}
