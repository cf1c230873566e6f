using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>kOps, with its own field for further issuers.</summary>
internal static class Kops
{
    public static Distribution Distribution { get; } = new()
    {
        Id = "kops",
        Name = "kOps 1.28.5 and later",
        Detection = [Fact.Documented("Node label kops.k8s.io/instancegroup. Today's flags are the args of the mirror pod (its command is /go-runner).")],
        TwoIssuers = TwoIssuers.Held,
        Setting =
        [
            Fact.Documented("kubeAPIServer.serviceAccountIssuer signs, additionalServiceAccountIssuers (kOps 1.28.5 and later) are accepted."),
            Fact.Documented("Or serviceAccountIssuerDiscovery with discoveryStore, which publishes to a bucket and needs no gateway."),
        ],
        Defaults = [Fact.Documented("Issuer https://api.internal.CLUSTER, or the public name if anonymous access is on and open; --api-audiences explicit: kubernetes.svc.default. It stays as it is. jwks_uri always follows the issuer.")],
        SetsAudiences = true,
        WritesKeySetUri = false,
        SigningKey = [Fact.Documented("RSA.")],
        RollingOut = [Fact.Documented("kops rolling-update replaces the control-plane machines, one after the other, at every roll.")],
        Reaching = [Fact.Documented("Anonymous requests are off."), Fact.Unconfirmed("The servers listen on port 443.")],
        Sources = "kubernetes/kops@268927e docs/operations/service_account_issuer_migration.md; kops#16497",
        Steps = context =>
        [
            new RollStep
            {
                Target = "the kOps cluster specification",
                Place = "spec.kubeAPIServer",
                Content = $"spec:\n  kubeAPIServer:\n    serviceAccountIssuer: {YamlText.Scalar(context.First)}\n"
                    + (context.Others.Count == 0 ? "    additionalServiceAccountIssuers: []\n" : $"    additionalServiceAccountIssuers:\n{YamlText.List(context.Others, 6)}"),
                Command = "kops edit cluster CLUSTER\nkops update cluster CLUSTER --yes\nkops rolling-update cluster CLUSTER --instance-group-roles control-plane --yes",
                Note = "Change only these two fields of kubeAPIServer. Issuers that kOps adds by itself must not be listed twice.",
            },
        ],
    };
}
