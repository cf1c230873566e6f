using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>OpenShift 4, whose operator keeps the old issuer for 24 hours and then drops it.</summary>
internal static class OpenShift
{
    public static Distribution Distribution { get; } = new()
    {
        Id = "openshift",
        Name = "OpenShift 4",
        Detection = [Fact.Documented("API group config.openshift.io. Today's flags are in kubeapiserver.operator.openshift.io/cluster: .spec.observedConfig.apiServerArguments and .status.serviceAccountIssuers.")],
        TwoIssuers = TwoIssuers.HeldByOperator,
        Setting =
        [
            Fact.Documented("authentication.config.openshift.io/cluster, .spec.serviceAccountIssuer: one issuer. The operator puts it first, keeps earlier ones accepted for 24 h (at most 10), and drops them by itself."),
            Fact.Unconfirmed("It rolls in one step: expect some 401 responses while the servers have different revisions."),
        ],
        Defaults = [Fact.Documented("Issuer https://kubernetes.default.svc; --api-audiences are all issuers. jwks_uri is NEW/openid/v1/jwks in recent 4.20 and later, unset in 4.18.")],
        SetsAudiences = true,
        WritesKeySetUri = false,
        SigningKey = [Fact.Documented("RSA 2048.")],
        CanAddKeys = false,
        KeyWay = "The operator makes and rotates the key itself, when the Secret next-bound-service-account-signing-key in openshift-kube-apiserver-operator is deleted (unconfirmed). Its keys are RSA 2048.",
        RollingOut = [Fact.Documented("The operator makes a new revision of every API server by itself. Wait until every server has the latest revision (condition NodeInstallerProgressing with reason AllNodesAtLatestRevision; right after the change it still has that reason), then restart all pods within 24 h.")],
        Breaks =
        [
            Fact.Documented("After 24 h every token of the old issuer is rejected: pods that were not restarted and hold an old token lose access."),
            Fact.Documented("Audiences follow the issuers: tokens that pods request for the old issuer as audience are rejected after 24 h even when they are fresh. Change that audience first."),
        ],
        GoingBack =
        [
            Fact.Documented("4.18 and older: clearing the field revokes the custom issuer at once. Write the earlier issuer (by default https://kubernetes.default.svc) instead."),
            Fact.Documented("Recent 4.20 and later keep it for 24 h."),
        ],
        Reaching = [Fact.Documented("The name kubernetes.default.svc is served by SNI only: send it."), Fact.Source("/.well-known/* is open to anonymous requests, the JWK Set is not.")],
        Sources = "openshift/cluster-kube-apiserver-operator@c813e82; #1453, #2062; docs.redhat.com 4.20 bound service account tokens",
        Source = new SourceFormat
        {
            Name = "object authentication.config.openshift.io/cluster",
            Fetch = "oc get authentication.config.openshift.io cluster -o yaml > authentication.yaml",
            Read = content => YamlSource.ParseAll(content).FirstOrDefault(document => YamlSource.TextOf(document, "kind") == "Authentication") is { } authentication
                ? new FlagSet(YamlSource.TextAt(authentication, "spec", "serviceAccountIssuer") is { } issuer ? [new Flag(FlagSet.Issuer, issuer)] : [])
                : null,
        },
        Steps = context =>
        [
            new RollStep
            {
                Target = "authentication.config.openshift.io/cluster",
                Place = "spec.serviceAccountIssuer",
                Content = $"spec:\n  serviceAccountIssuer: {YamlText.Scalar(context.First)}\n",
                Command = Apply($"{context.Label}.yaml"),
                Note = "The commands end when every server runs the new revision. If oc patch prints (no change), no revision follows: end the loop with Ctrl+C. The earlier issuers are listed in .status.serviceAccountIssuers of kubeapiserver.operator.openshift.io/cluster, each with its expiration time.",
            },
        ],
    };

    // The condition NodeInstallerProgressing is still False right after the patch: a wait for it returns at once. A new
    // revision cannot be there before. While a server restarts, oc may get no response, which must not end a loop.
    private static string Apply(string file) => $$"""
        status() { oc get kubeapiserver.operator.openshift.io cluster -o jsonpath="{.status.$1}"; }
        before=$(status latestAvailableRevision) && [ -n "$before" ] &&
        oc patch authentication.config.openshift.io cluster --type merge --patch-file {{file}} &&
        until latest=$(status latestAvailableRevision) && [ "${latest:-$before}" -gt "$before" ]; do sleep 10; done &&
        until latest=$(status latestAvailableRevision) && nodes=$(status 'nodeStatuses[*].currentRevision') && [ -n "$latest" ] && [ "$(echo "$nodes" | tr ' ' '\n' | sort -u)" = "$latest" ]; do sleep 10; done &&
        echo "every API server runs revision $latest"
        """.ReplaceLineEndings("\n");
}
