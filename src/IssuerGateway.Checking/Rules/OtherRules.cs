using IssuerGateway.Issuers;
using static IssuerGateway.Checking.Rules.Responses;
using static IssuerGateway.Checking.Rules.Sources;

namespace IssuerGateway.Checking.Rules;

/// <summary>The rules of the comparison with the API servers and of the token exchange.</summary>
internal static class OtherRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new()
        {
            Id = "upstream-unreachable",
            Step = "upstream",
            Cause = "An API server did not return its documents.",
            Expected = "documents from every API server",
            Fix = "correct its address or the credentials, or bind the role system:service-account-issuer-discovery, until this works: kubectl get --raw /openid/v1/jwks",
            LeavesOpen = true,
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "upstream-differs",
            Step = "upstream",
            Cause = "What is published lacks or contradicts what the API server returns.",
            Expected = "the issuer and every key of the API server; further keys, and another order, do no harm",
            Fix = "lead the URL to the gateway of this cluster, or wait for its next refresh; to compare: curl -s URL; kubectl get --raw /openid/v1/jwks",
            Parties = Certain(Severity.Error, ForEntra(Severity.Error, EntraUnpublished), ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Error, GoogleFetch, Evidence.Observed),
                ForVault(Severity.Error, VaultSignature), ForOpenBao(Severity.Error, VaultSignature), ForKubernetes(Severity.Error, KubernetesSignature)),
        },
        new()
        {
            Id = "servers-differ",
            Step = "upstream",
            Cause = "The API servers publish different keys.",
            Expected = "the same keys on every API server",
            Fix = "finish the rotation: the same --service-account-key-file entries on every API server, then restart it",
            Parties = Every(Severity.Warning, ForEntra(Severity.Warning, $"{EntraUnpublished}, now and then")),
        },
        new()
        {
            Id = "kid-conflict",
            Step = "upstream",
            Cause = "API servers publish different keys under one kid.",
            Expected = "one key for each kid",
            Fix = "find out which API server is wrong, or compromised: kubectl --server URL get --raw /openid/v1/jwks",
            Parties = Every(Severity.Warning, ForEntra(Severity.Warning, $"{EntraSignature}, now and then")),
        },
        new()
        {
            Id = "exchange-refused",
            Step = "exchange",
            Cause = "Entra rejected the token.",
            Expected = "an access token",
            Fix = "follow the section of the code that the response has: docs/troubleshooting/aadsts.md",
            Parties = Every(null, ForEntra(Severity.Error, "as found: the text is Entra's own")),
        },
        new()
        {
            Id = "exchange-failed",
            Step = "exchange",
            Cause = "The token endpoint neither accepted nor rejected the token.",
            Expected = "a response of the token endpoint",
            Fix = "allow egress to the login endpoint, or use --proxy; to investigate: curl -v LOGIN-ENDPOINT",
            LeavesOpen = true,
            Parties = Every(null, ForEntra(Severity.Warning, null)),
        },
        new()
        {
            Id = "exchange-untrusted",
            Step = "exchange",
            Cause = "This machine does not trust the certificate of the login endpoint, so the token was not sent.",
            Expected = "a certificate that is signed by a CA of the system, whatever --ca names",
            Fix = "if a proxy of your network inspects TLS, add its root to the trusted roots of this machine; see whose certificate it is: curl -v LOGIN-ENDPOINT",
            LeavesOpen = true,
            Parties = Every(null, ForEntra(Severity.Warning, null)),
        },
    ];
}
