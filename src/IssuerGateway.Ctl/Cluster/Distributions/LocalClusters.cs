using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Clusters on a developer's machine, whose flags are set when they are created.</summary>
internal static class LocalClusters
{
    public static Distribution Kind { get; } = new()
    {
        Id = "kind",
        Name = "kind",
        Detection = [Fact.Reported("providerID kind://. Today's flags are those of the mirror pod.")],
        TwoIssuers = TwoIssuers.NotHeld,
        Setting = [Fact.Unconfirmed("kubeadmConfigPatches when the cluster is created.")],
        Defaults = [Fact.Source("As kubeadm: issuer https://kubernetes.default.svc.DOMAIN, --api-audiences unset.")],
        SigningKey = [Fact.Unconfirmed("RSA.")],
        CanAddKeys = null,
        RollingOut = [Fact.Unconfirmed("The cluster is created again.")],
        NextBestWay = "Create the cluster again with the public issuer from the start. No token outlives the old cluster.",
        Sources = "cmd/kubeadm of Kubernetes 1.36; nothing was read of the tool itself",
        Steps = context =>
        [
            new RollStep
            {
                Target = "the kind configuration of the cluster",
                Place = "kubeadmConfigPatches",
                Content = $$"""
                    kind: Cluster
                    apiVersion: kind.x-k8s.io/v1alpha4
                    nodes:
                      - role: control-plane
                        kubeadmConfigPatches:
                          - |
                            kind: ClusterConfiguration
                            apiServer:
                              extraArgs:
                                {{FlagSet.Issuer}}: {{YamlText.Scalar(context.First)}}

                    """.ReplaceLineEndings("\n"),
                Command = "kind delete cluster --name NAME\nkind create cluster --name NAME --config kind.yaml",
                Note = "Add the other nodes of the cluster. Everything in the cluster is lost. Where kind uses v1beta4, extraArgs is a list of name and value.",
            },
        ],
    };

    public static Distribution Minikube { get; } = Kind with
    {
        Id = "minikube",
        Name = "minikube",
        Detection = [Fact.Reported("Node label minikube.k8s.io/name. Today's flags are those of the mirror pod.")],
        Setting = [Fact.Unconfirmed("--extra-config=apiserver.KEY=VALUE at start, one value a key.")],
        RollingOut = [Fact.Unconfirmed("minikube start restarts the API server with the new value.")],
        NextBestWay = "Start minikube with the public issuer from the beginning, or accept that every pod has to be restarted afterwards.",
        Reaching = [Fact.Unconfirmed("The server listens on port 8443.")],
        Steps = context =>
        [
            new RollStep
            {
                Target = "minikube",
                Place = "start options",
                Language = "sh",
                Content = $"minikube start --profile NAME --extra-config=apiserver.{FlagSet.Issuer}={context.First}\n",
                Command = "kubectl delete pods --all --all-namespaces",
                Note = "Give the profile's other start options too.",
            },
        ],
    };
}
