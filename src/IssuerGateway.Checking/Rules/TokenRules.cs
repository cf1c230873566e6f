using IssuerGateway.Issuers;
using static IssuerGateway.Checking.Rules.Responses;
using static IssuerGateway.Checking.Rules.Sources;

namespace IssuerGateway.Checking.Rules;

/// <summary>The rules of a token as it was sent: its kind, its header, its key and its signature.</summary>
internal static class TokenRules
{
    private const string VaultAlgorithm = "token signed with unexpected algorithm";

    public static IReadOnlyList<Rule> All { get; } =
    [
        new()
        {
            Id = "token-foreign",
            Step = "token",
            Cause = "The token was not issued by this cluster: neither its issuer nor its key is the one that was checked.",
            Expected = "a token of the cluster behind this issuer",
            Fix = "create the token in the cluster whose issuer you check, or check the issuer of the token",
            Parties = Certain(Severity.Error, ForEntra(Severity.Error, EntraNoMatch), ForAws(Severity.Error, AwsProvider), ForGoogle(Severity.Error, GoogleFetch, Evidence.Observed),
                ForVault(Severity.Error, VaultSignature), ForOpenBao(Severity.Error, VaultSignature), ForKubernetes(Severity.Error, KubernetesIssuer)),
        },
        new()
        {
            Id = "token-legacy",
            Step = "token",
            Cause = "This is a legacy ServiceAccount token from a Secret: it has no audience, no expiry and not the issuer of the cluster.",
            Expected = "a token from kubectl create token, or from a projected volume",
            Fix = "project a serviceAccountToken volume, or: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",
            Parties = Certain(Severity.Error, ForEntra(Severity.Error, EntraNoMatch), ForAws(Severity.Error, AwsProvider), ForGoogle(Severity.Error, GoogleFetch, Evidence.Observed),
                ForVault(Severity.Error, null), ForOpenBao(Severity.Error, null), ForKubernetes(Severity.Error, KubernetesIssuer)),
        },
        new()
        {
            Id = "token-newline",
            Step = "token",
            Cause = "The token file has a newline or white space beside the token. The check ignores it; OAuth2 Proxy and Google's library do not.",
            Expected = "a file that contains only the token",
            Fix = "write the file without a newline: printf %s \"$TOKEN\" > FILE",
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "token-type",
            Step = "token",
            Cause = "The header of the token carries a typ that is not exactly JWT.",
            Expected = "no typ, or JWT",
            Fix = "no API server creates such a token: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",
            Parties = IgnoredInGo(null, ForEntra(Severity.Error, "AADSTS5002727: the typ of the token is wrong", Evidence.Observed), ForAws(null, null), ForGeneric(Severity.Warning)),
        },
        new()
        {
            Id = "token-critical",
            Step = "token",
            Cause = "The header of the token carries crit.",
            Expected = "no crit (RFC 7515 §4.1.11)",
            Fix = "no API server creates such a token: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",

            // go-jose knows b64 and nothing else (supportedCritical), also in the version of Kubernetes.
            Parties = Every(Severity.Error, ForAws(Severity.Error, AwsInvalid), ForVault(Severity.Error, VaultSignature), ForOpenBao(Severity.Error, VaultSignature), ForKubernetes(Severity.Error, KubernetesSignature)),
        },
        new()
        {
            Id = "token-long",
            Step = "token",
            Cause = "The token is longer than the relying party accepts.",
            Expected = "at most 20,000 characters for AWS",
            Fix = "make it shorter where it is made: fewer audiences, a shorter name of pod, ServiceAccount or namespace, or a smaller RSA key",
            Parties = Every(null, ForAws(Severity.Error, null, Evidence.Documented)),
        },
        new()
        {
            Id = "token-algorithm",
            Step = "token",
            Cause = "The token is signed with an algorithm that the relying party does not accept.",
            Expected = "an algorithm that the relying party accepts",
            Fix = "sign with an RSA key, of which an API server makes RS256: --service-account-signing-key-file; set an external signer to RS256",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraAlgorithm), ForAws(Severity.Error, AwsInvalid), ForGoogle(Severity.Error, null),
                ForVault(Severity.Error, VaultAlgorithm), ForOpenBao(Severity.Error, VaultAlgorithm), ForKubernetes(Severity.Error, KubernetesAlgorithm), ForParty("databricks", Severity.Error)),
        },
        new()
        {
            Id = "token-algorithm-flags",
            Step = "token",
            Cause = "Whether an API server accepts the algorithm of the token depends on how it is configured.",
            Expected = "RS256, or an issuer in the file of --authentication-config",
            Fix = "register the issuer in the file of --authentication-config (issuerctl trust render kubernetes writes it), or have tokens signed with RS256",
            Parties = Every(null, ForKubernetes(Severity.Warning, KubernetesAlgorithm)),
        },
        new()
        {
            Id = "token-kid-missing",
            Step = "token",
            Cause = "The header of the token carries no kid.",
            Expected = "the kid of a published key",
            Fix = "no API server creates such a token: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE",
            Parties = IgnoredInGo(Severity.Warning, ForEntra(Severity.Error, EntraUnpublished, Evidence.Unconfirmed), ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Error, null)),
        },
        new()
        {
            Id = "token-key-unpublished",
            Step = "token",
            Cause = "The token was signed with a key that is not published.",
            Expected = "the kid of a published key",
            Fix = "add the public key to --service-account-key-file of every API server, or sign with the old key again",
            Parties = Certain(Severity.Error, ForEntra(Severity.Error, EntraUnpublished), ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Error, GoogleFetch, Evidence.Observed),
                ForVault(Severity.Error, VaultSignature), ForOpenBao(Severity.Error, VaultSignature), ForKubernetes(Severity.Error, KubernetesSignature)),
        },
        new()
        {
            Id = "token-key-unusable",
            Step = "token",
            Cause = "The token was signed with a published key that the relying party cannot use.",
            Expected = "a token signed with a key that the relying party can use",
            Fix = "correct the key as its own finding says, or sign with another of the published keys",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraUnpublished, Evidence.Unconfirmed), ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Error, null),
                ForVault(Severity.Error, VaultSignature), ForOpenBao(Severity.Error, VaultSignature), ForKubernetes(Severity.Error, KubernetesSignature), ForParty("keycloak", Severity.Error, null, Evidence.SourceRead)),
        },
        new()
        {
            Id = "token-signature",
            Step = "token",
            Cause = "The signature is not by the published key.",
            Expected = "a signature by the published key",
            Fix = "create a new token; if that one fails too, another cluster uses the same kid, and its key is the one that is published",
            Parties = Certain(Severity.Error, ForEntra(Severity.Error, EntraSignature), ForAws(Severity.Error, AwsInvalid), ForGoogle(Severity.Error, "Unable to verify the ID Token signature.", wording: Evidence.Unconfirmed),
                ForVault(Severity.Error, VaultSignature), ForOpenBao(Severity.Error, VaultSignature), ForKubernetes(Severity.Error, KubernetesSignature)),
        },
        new()
        {
            Id = "token-signature-unverified",
            Step = "token",
            Cause = "The signature was not verified: this program does not implement the algorithm, which the relying party accepts.",
            Expected = "a token signed with RSA or ECDSA, as Kubernetes signs",
            Fix = "verify the token at the relying party itself, or sign with an RSA key",
            LeavesOpen = true,
            Parties = Every(Severity.Warning),
        },
    ];
}
