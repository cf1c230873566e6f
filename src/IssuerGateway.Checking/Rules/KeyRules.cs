using IssuerGateway.Issuers;
using static IssuerGateway.Checking.Rules.Responses;
using static IssuerGateway.Checking.Rules.Sources;

namespace IssuerGateway.Checking.Rules;

/// <summary>The rules of the JWK Set.</summary>
internal static class KeyRules
{
    private const string UploadRejected = "a key set with this member cannot be uploaded (jwksJson)";

    public static IReadOnlyList<Rule> All { get; } =
    [
        new()
        {
            Id = "key-set-malformed",
            Step = "jwks",
            Cause = "The JWK Set cannot be read as one JSON object with an array of keys.",
            Expected = "a JWK Set (RFC 7517 §5) in UTF-8, with no member twice",
            Fix = "compare: curl -s URL; kubectl get --raw /openid/v1/jwks",
            Parties = NoKeys(),
        },
        new()
        {
            Id = "key-set-empty",
            Step = "jwks",
            Cause = "The JWK Set contains no keys.",
            Expected = "at least one key",
            Fix = "give every API server the public key (--service-account-key-file), then: kubectl get --raw /openid/v1/jwks",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraKeys), ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Error, GoogleFetch, Evidence.Observed),
                RunInGo("vault", Severity.Error, VaultSignature), RunInGo("openbao", Severity.Error, VaultSignature), RunInGo("kubernetes", Severity.Error, KubernetesSignature), ForGeneric(Severity.Error)),
        },
        new()
        {
            Id = "key-set-too-many",
            Step = "jwks",
            Cause = "The JWK Set contains more keys than the relying party uses.",
            Expected = "the signing key among the first 100 keys, for AWS at most 100 keys of its type",
            Fix = "remove old --service-account-key-file entries from every API server",
            Parties = Every(null, ForEntra(Severity.Error, $"{EntraUnpublished}, for a key beyond the first 100"), ForAws(Severity.Error, AwsFetch, Evidence.Documented), ForGeneric(Severity.Warning)),
        },
        new()
        {
            Id = "private-key",
            Step = "jwks",
            Cause = "A private or symmetric key is published: whoever has read it can sign tokens of this cluster.",
            Expected = "public keys only",
            Fix = "replace the key at once on every API server, and revoke it (RevokedKeys of the gateway): docs/how-to/rotate-the-signing-key.md",
            // RFC 7517 §9.2 forbids publishing it, and tells no reader to reject it.
            Parties = Every(Severity.Error, ForParty("generic", Severity.Error, null, Evidence.Unconfirmed)),
        },
        new()
        {
            Id = "kid-duplicate",
            Step = "jwks",
            Cause = "Several keys have the same kid.",
            Expected = "distinct kids (RFC 7517 §4.5)",
            Fix = "keep one key of each kid: remove the repeated --service-account-key-file, or publish the other key with a kid of its own",
            Parties = IgnoredInGo(Severity.Error, ForEntra(Severity.Error, EntraSignature, Evidence.Unconfirmed), ForAws(Severity.Warning, $"{AwsInvalid} (the last key of the kid is used)"),
                ForGoogle(Severity.Error, null, Evidence.Unconfirmed), ForParty("generic", Severity.Error, null, Evidence.Unconfirmed), ForParty("keycloak", Severity.Warning, null, Evidence.SourceRead)),
        },
        new()
        {
            Id = "key-malformed",
            Step = "jwks",
            Cause = "A key lacks a member that its type requires, or spells it wrongly.",
            Expected = "the members that RFC 7518 §6 requires of the type",
            Fix = "publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json",
            Parties = BreaksTheSetInGo(Severity.Error, ForEntra(Severity.Error, EntraKeys), ForAws(Severity.Warning, AwsFetch, Evidence.Unconfirmed)),
        },
        new()
        {
            Id = "key-encoding",
            Step = "jwks",
            Cause = "A number of a key is in base64url with line breaks, or with bits behind its end that are not zero.",
            Expected = "base64url without line breaks (RFC 7515 §2), with zero bits at the end (RFC 4648 §3.5)",
            Fix = "what writes this set breaks its lines or encodes it wrongly; publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json",
            Parties = ReadByGo(Severity.Error, ForEntra(Severity.Error, EntraKeys, Evidence.Unconfirmed), ForAws(Severity.Warning, AwsFetch, Evidence.Unconfirmed)),
        },
        new()
        {
            Id = "key-type-unknown",
            Step = "jwks",
            Cause = "A key has a type or curve that the relying party does not know.",
            Expected = "key types RSA and EC (P-256, P-384, P-521)",
            Fix = "keep keys of other types out of the set: remove the --service-account-key-file",
            Parties = BreaksTheSetInGo(Severity.Warning, ForEntra(Severity.Warning, null, Evidence.Unconfirmed), ForGoogle(Severity.Warning, null)),
        },
        new()
        {
            Id = "ec-coordinate-length",
            Step = "jwks",
            Cause = "A coordinate of an EC key does not have the length that its curve requires.",
            Expected = "coordinates of the full length of the curve (RFC 7518 §6.2.1.2)",
            Fix = "what writes this set drops leading zero bytes, or adds them; publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json",
            Parties = BreaksTheSetInGo(Severity.Warning),
        },
        new()
        {
            Id = "rsa-leading-zero",
            Step = "jwks",
            Cause = "The modulus of an RSA key starts with a zero byte.",
            Expected = "the minimum number of octets (RFC 7518 §6.3.1.1)",
            Fix = "what writes this set does not strip the sign byte; publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json",
            Parties = IgnoredInGo(Severity.Warning, ForAws(Severity.Error, AwsFetch, source: new("jenkinsci/oidc-provider-plugin#205", new(2026, 11, 28)))),
        },
        new()
        {
            Id = "rsa-numbers",
            Step = "jwks",
            Cause = "The modulus or exponent of an RSA key is a number with which nobody can verify a signature.",
            Expected = "an odd modulus of at least 1024 bits, and an odd exponent of at least 3 (RFC 8017 §3.1)",
            Fix = "publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraSignature, Evidence.Unconfirmed), ForAws(Severity.Error, AwsInvalid, Evidence.Unconfirmed), ForGoogle(Severity.Error, null, Evidence.Unconfirmed),
                ForVault(Severity.Error, VaultSignature), ForOpenBao(Severity.Error, VaultSignature), ForKubernetes(Severity.Error, KubernetesSignature)),
        },
        new()
        {
            Id = "rsa-short",
            Step = "jwks",
            Cause = "An RSA key has fewer than 2048 bits.",
            Expected = "RSA keys of at least 2048 bits (RFC 7518 §3.3)",
            Fix = "make a new signing key, and publish it before signing with it: docs/how-to/rotate-the-signing-key.md",
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "kid-missing",
            Step = "jwks",
            Cause = "A key has no kid, or an empty one.",
            Expected = "a kid on every key",
            Fix = "publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json",
            Parties = IgnoredInGo(Severity.Warning, ForEntra(Severity.Error, EntraUnpublished, Evidence.Unconfirmed), ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Error, null)),
        },
        new()
        {
            Id = "key-use-missing",
            Step = "jwks",
            Cause = "A key has no member use, or an empty one.",
            Expected = "\"use\":\"sig\" on every key",
            Fix = "publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json",
            Parties = IgnoredInGo(Severity.Warning, ForAws(null, null), ForGoogle(Severity.Warning, null), ForParty("keycloak", Severity.Error, null, Evidence.SourceRead)),
        },
        new()
        {
            Id = "key-alg-missing",
            Step = "jwks",
            Cause = "A key has no member alg, or an empty one.",
            Expected = "alg on every key",
            Fix = "publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json",
            Parties = IgnoredInGo(Severity.Warning, ForAws(null, null), ForGeneric(null)),
        },
        new()
        {
            Id = "key-use-other",
            Step = "jwks",
            Cause = "A key is marked for another use than signing.",
            Expected = "\"use\":\"sig\"",
            Fix = "publish the keys that sign tokens with \"use\":\"sig\", as an API server does, and no others",
            Parties = IgnoredInGo(Severity.Warning, ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Error, null), ForParty("keycloak", Severity.Error, null, Evidence.SourceRead)),
        },
        new()
        {
            Id = "key-ops",
            Step = "jwks",
            Cause = "A key has the member key_ops.",
            Expected = "no key_ops",
            Fix = "remove it where the set is written; the API server does not write it: jq 'del(.keys[].key_ops)' jwks.json",
            Parties = IgnoredInGo(null, ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Warning, UploadRejected)),
        },
        new()
        {
            Id = "key-certificate",
            Step = "jwks",
            Cause = "A key carries certificates (x5c).",
            Expected = "no x5c",
            Fix = "remove it where the set is written; the API server does not write it: jq 'del(.keys[].x5c)' jwks.json",
            Parties = IgnoredInGo(null, ForAws(null, null), ForGoogle(Severity.Warning, UploadRejected)),
        },
        new()
        {
            Id = "key-certificate-other",
            Step = "jwks",
            Cause = "The certificate in x5c is for another key.",
            Expected = "a first certificate with this very key (RFC 7517 §4.7)",
            Fix = "remove it where the set is written; the API server does not write it: jq 'del(.keys[].x5c)' jwks.json",
            Parties = BreaksTheSetInGo(Severity.Warning, ForAws(Severity.Error, AwsFetch)),
        },
        new()
        {
            Id = "key-certificate-url",
            Step = "jwks",
            Cause = "A key names the URL of a certificate (x5u).",
            Expected = "no x5u",
            Fix = "remove it where the set is written; the API server does not write it: jq 'del(.keys[].x5u)' jwks.json",
            Parties = Every(null, ForGoogle(Severity.Warning, UploadRejected), RunInGo("vault", Severity.Error, VaultKeys), RunInGo("openbao", Severity.Error, VaultKeys), RunInGo("kubernetes", Severity.Error, KubernetesKeys)),
        },
        new()
        {
            Id = "key-member-other",
            Step = "jwks",
            Cause = "A key has members that public keys do not need.",
            Expected = "kty, alg, use, kid, n, e, crv, x and y, and no other",
            Fix = "publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json",
            Parties = Every(null, ForGoogle(Severity.Warning, UploadRejected)),
        },
        new()
        {
            Id = "key-thumbprint",
            Step = "jwks",
            Cause = "A thumbprint of a key (x5t, x5t#S256) is not the digest of a certificate.",
            Expected = "no thumbprint, or the digest of the first certificate (RFC 7517 §4.8, §4.9)",
            Fix = "remove it where the set is written; the API server does not write it: jq 'del(.keys[][\"x5t\",\"x5t#S256\"])' jwks.json",
            Parties = BreaksTheSetInGo(null),
        },
        new()
        {
            Id = "no-usable-key",
            Step = "jwks",
            Cause = "No key can be used by the relying party.",
            Expected = "a key for an algorithm that the relying party accepts",
            Fix = "sign with an RSA key: --service-account-signing-key-file on every API server",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraAlgorithm), ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Error, null),
                ForVault(Severity.Error, "token signed with unexpected algorithm"), ForOpenBao(Severity.Error, "token signed with unexpected algorithm"),
                ForKubernetes(Severity.Error, "401; API server log: id token signed with unsupported algorithm"), ForParty("databricks", Severity.Error)),
        },
        new()
        {
            Id = "key-algorithm",
            Step = "jwks",
            Cause = "Some keys are for algorithms that the relying party does not accept; tokens signed with them are rejected.",
            Expected = "tokens signed with a key that the relying party accepts",
            Fix = "sign with an RSA key (--service-account-signing-key-file); the others may stay published",
            Parties = Every(null, ForEntra(Severity.Warning, EntraAlgorithm), ForGoogle(Severity.Warning, null), ForParty("databricks", Severity.Warning)),
        },
    ];
}
