using IssuerGateway.Ctl.Parties.Exchange;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.Kubernetes;

/// <summary>Another Kubernetes cluster as a relying party: structured authentication.</summary>
internal static class KubernetesParty
{
    public const string Name = "kubernetes";

    private const string Directory = "/var/run/secrets/other-cluster";

    public static PartyCommands Create(ProgramEnvironment environment)
    {
        ClusterOptions options = new();
        ClusterVerification verification = new(options, environment.NetworkTime);
        return new PartyCommands
        {
            Render = RenderVerb.Create(Name, "Prints the authentication configuration and the rights for another cluster; no network.", options.All, options.Read,
                new Dictionary<string, Func<ClusterTrust, string>> { ["config"] = ClusterText.Configuration, ["rbac"] = ClusterText.Rights },
                Needs, environment.Terminal),
            Verify = VerifyVerb.Create(Name, "Compares the authentication configuration and the rights of another cluster with what the workload sends.", verification.All, verification.Read, environment),
            Test = ClusterExchange.Create(Name, environment),
        };
    }

    private static PodNeeds? Needs(ClusterTrust trust, OptionValues values)
    {
        if (trust.Server is null)
        {
            values.Reject("--server", "nothing", "the URL of the trusting cluster's API server, for the pod's kubeconfig", "kubectl --context OTHER config view --minify -o jsonpath='{.clusters[0].cluster.server}'");
            return null;
        }

        return new PodNeeds
        {
            Workload = trust.Workload,
            VolumeName = "other-cluster-token",
            Directory = Directory,
            TokenFile = "token",
            Environment = [("KUBECONFIG", $"{Directory}/kubeconfig")],
            File = ("kubeconfig", "kubeconfig", ClusterText.Kubeconfig(trust, Directory)),
            ConfigMapName = "other-cluster",
            Remarks = ["mount       ConfigMap other-cluster at /etc/other-cluster, and KUBECONFIG=/etc/other-cluster/kubeconfig, by hand: the label adds the token alone"],
            Label = ("issuer-gateway.io/token", "true"),
            ChartValues = [("token", "enabled", "true")],
            Test = [Name, "--server", trust.Server, "--user", trust.User],
            Annotations = [("issuer-gateway.io/token-audience", trust.Workload.Audience), ("issuer-gateway.io/token-path", $"{Directory}/token")],
        };
    }
}
