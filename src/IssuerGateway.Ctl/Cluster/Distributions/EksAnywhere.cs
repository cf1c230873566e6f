using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>EKS Anywhere: one issuer, because its two ways of setting it are joined.</summary>
internal static class EksAnywhere
{
    public static Distribution Distribution { get; } = new()
    {
        Id = "eks-anywhere",
        Name = "EKS Anywhere",
        Detection = [Fact.Documented("CustomResourceDefinitions of anywhere.eks.amazonaws.com, in the management cluster only. Elsewhere give --distribution eks-anywhere.")],
        TwoIssuers = TwoIssuers.NotHeld,
        Setting =
        [
            Fact.Documented("podIamConfig.serviceAccountIssuer, or apiServerExtraArgs (with the environment variable API_SERVER_EXTRA_ARGS_ENABLED)."),
            Fact.Run("Both at once are joined by a comma: one bogus issuer."),
        ],
        Defaults = [Fact.Source("As kubeadm: issuer https://kubernetes.default.svc.DOMAIN, --api-audiences unset.")],
        SigningKey = [Fact.Unconfirmed("Type and rotation of the key.")],
        CanAddKeys = null,
        RollingOut = [Fact.Documented("Every change replaces all control-plane machines, one after the other.")],
        Breaks = [Fact.Run("While machines are replaced, new and old servers reject each other's tokens.")],
        NextBestWay = "Create a new cluster with the public issuer from the start and move the workloads, or change the issuer in a maintenance window and restart every pod afterwards.",
        Sources = "aws/eks-anywhere pkg/clusterapi",
        Steps = context =>
        [
            new RollStep
            {
                Target = "Cluster (anywhere.eks.amazonaws.com/v1alpha1) in the management cluster",
                Place = "spec.podIamConfig",
                Content = $"spec:\n  podIamConfig:\n    serviceAccountIssuer: {YamlText.Scalar(context.First)}\n",
                Command = "eksctl anywhere upgrade cluster -f CLUSTER.yaml",
                Note = "Do not set service-account-issuer in apiServerExtraArgs as well.",
            },
        ],
    };
}
