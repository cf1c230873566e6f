using k8s.KubeConfigModels;

namespace IssuerGateway.Kubernetes.Kubeconfigs;

/// <summary>What a kubeconfig may not require: of anybody, and of the gateway, which is a server.</summary>
internal static class KubeconfigRejections
{
    public static IEnumerable<(string What, string Why, string Hint, bool IsTakenByKubectl)> Of(ClusterEndpoint cluster, string? proxyUrl, UserCredentials user, Impersonation impersonation, bool isForKubectl)
    {
        if (cluster.SkipTlsVerify)
        {
            yield return ("insecure-skip-tls-verify", "without verification anyone on the network could hand us their own keys", "remove it and add certificate-authority-data", false);
        }

        if (proxyUrl is not null && !isForKubectl)
        {
            yield return ("proxy-url", "the gateway connects to the API servers directly", "remove it and make the API servers reachable from here", true);
        }

        if (user.ExternalExecution is not null && !isForKubectl)
        {
            yield return ("exec", "the gateway runs no credential plugins",
                "create a ServiceAccount for the gateway and use its token (kubectl create token, or a projected token file) or a client certificate", true);
        }

        if (user.AuthProvider is not null)
        {
            yield return ("auth-provider", "auth providers are gone from Kubernetes", "use a token, a tokenFile or a client certificate", false);
        }

        if (!string.IsNullOrEmpty(user.UserName) || !string.IsNullOrEmpty(user.Password))
        {
            yield return ("username and password", "API servers have no basic authentication any more", "use a token, a tokenFile or a client certificate", false);
        }

        if (impersonation.IsNamed && !isForKubectl)
        {
            yield return ("impersonation (as)", "the gateway acts only as itself", "remove it and bind system:service-account-issuer-discovery to the user itself", true);
        }
    }
}
