namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>What holds on every distribution, because it is Kubernetes itself.</summary>
internal static class KubernetesFacts
{
    public const string ClusterLocal = "https://kubernetes.default.svc.cluster.local";

    public const string Sources = "Kubernetes 1.36.2: pkg/kubeapiserver/options/authentication.go, pkg/serviceaccount, pkg/registry/core/serviceaccount/storage/token.go, pkg/kubelet/token, cmd/kubeadm";

    public static IReadOnlyList<Fact> Rules { get; } =
    [
        Fact.Run("The first --service-account-issuer signs tokens and is the only one that the discovery document names. All of them are accepted (Kubernetes 1.22 and later)."),
        Fact.Run("Never join two issuers with a comma: \"A,B\" is one issuer. The server starts, signs with that string, and rejects every earlier token with 401."),
        Fact.Run("An issuer given twice ends the server at startup."),
        Fact.Run("--api-audiences unset means all issuers in order. Setting it to the new issuer alone rejects earlier tokens with 401, although their issuer is accepted. This flag is comma-separated."),
        Fact.Run("With several API servers the new issuer must be accepted by all of them before the first one signs with it. Otherwise a token of an updated server is rejected by the others."),
        Fact.Run("The way back is to put the old issuer first and keep the new one second. Removing the new one rejects every token that was signed with it."),
        Fact.Source("The kubelet renews a pod's token at 80 % of its lifetime, at the latest after 24 h: the default mount after 48 min."),
        Fact.Source("Tokens of the default mount live a year while --service-account-extend-token-expiration is true (the default). A client that reads its token once keeps the old issuer for that long; a rising serviceaccount_stale_tokens_total shows that such clients exist."),
        Fact.Source("Tokens of service account Secrets (iss kubernetes/serviceaccount) do not depend on the issuer."),
        Fact.Source("The kubelet loads every file in the manifest directory whose name does not begin with a dot: never keep a backup copy beside kube-apiserver.yaml."),
        Fact.Source("An issuer that is not an https URL, or that has a query or a fragment, makes the server drop both discovery endpoints (404)."),
    ];

    public static IReadOnlyList<Fact> Breaks { get; } =
    [
        Fact.Source("Clients that read their token once at startup keep the old issuer until they restart."),
        Fact.Unconfirmed("Parties that check iss or aud themselves (Vault, Istio) reject new tokens until they know the new issuer."),
        Fact.Source("Konnectivity, CNI plug-ins and TokenReview webhooks query the API server and are not affected while both issuers are accepted."),
    ];
}
