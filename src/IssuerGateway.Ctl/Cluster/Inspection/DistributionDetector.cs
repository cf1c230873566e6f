using System.Text.Json;
using System.Text.RegularExpressions;
using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>Recognizes the distribution by the most specific sign first, and reports which sign it was.</summary>
internal static partial class DistributionDetector
{
    public static DetectedDistribution Detect(FetchedObjects objects)
    {
        IReadOnlyList<JsonElement> nodes = objects.Nodes ?? [];

        // The control plane gets the plan; an agent of something else may be among the workers.
        string[] kubelets = [.. (ControlPlane(nodes) is { Count: > 0 } plane ? plane : nodes).Select(node => node.TextAt("status", "nodeInfo", "kubeletVersion")).OfType<string>().Distinct()];
        return OpenShift(objects)
            ?? Rancher(objects, nodes, kubelets)
            ?? K0s(objects, kubelets)
            ?? Talos(objects, nodes)
            ?? ByNode(objects, nodes, kubelets)
            ?? Kubeadm(objects)
            ?? new DetectedDistribution(General.Distribution.Id, null, [Unknown(objects)]);
    }

    private static string Unknown(FetchedObjects objects) => objects switch
    {
        { Nodes: null } => "nodes could not be read, and nothing else is a sign of a distribution: give --distribution",
        { Pods: not null } => "no sign of a known distribution; Kamaji, vcluster and NKP show none: give --distribution kamaji, vcluster or nkp",
        _ => "no sign of a known distribution: give --distribution",
    };

    private static DetectedDistribution? OpenShift(FetchedObjects objects) => objects.ApiGroups.Contains("config.openshift.io")
        ? new DetectedDistribution("openshift", objects.OpenShiftVersion?.TextAt("status", "desired", "version"), ["API group config.openshift.io"])
        : null;

    private static DetectedDistribution? Rancher(FetchedObjects objects, IReadOnlyList<JsonElement> nodes, string[] kubelets)
    {
        string? rke2 = kubelets.FirstOrDefault(version => version.Contains("+rke2", StringComparison.Ordinal));
        string? k3s = kubelets.FirstOrDefault(version => version.Contains("+k3s", StringComparison.Ordinal));
        string sign = rke2 is not null ? "rke2" : "k3s";
        if (rke2 is null && k3s is null)
        {
            if (nodes.Any(node => node.Annotation("rke2.io/node-args") is not null))
            {
                rke2 = kubelets.FirstOrDefault();
                sign = "rke2";
            }
            else if (nodes.Any(node => node.Annotation("k3s.io/node-args") is not null))
            {
                k3s = kubelets.FirstOrDefault();
            }
            else
            {
                return null;
            }
        }

        string evidence = $"kubelet version {rke2 ?? k3s}, {sign}.io/node-args {(nodes.Any(node => node.Annotation($"{sign}.io/node-args") is not null) ? "present" : "absent")}";
        string id = rke2 is not null && objects.Namespaces.Contains("harvester-system") ? "harvester"
            : objects.Namespaces.Contains("cattle-system") ? "rancher"
            : rke2 is not null ? "rke2" : "k3s";
        string? space = id switch { "harvester" => "namespace harvester-system", "rancher" => "namespace cattle-system (a cluster that only runs Rancher has it too: then give --distribution)", _ => null };
        return new DetectedDistribution(id, rke2 ?? k3s, space is null ? [evidence] : [evidence, space]);
    }

    private static DetectedDistribution? K0s(FetchedObjects objects, string[] kubelets)
    {
        string? version = kubelets.FirstOrDefault(each => each.Contains("+k0s", StringComparison.Ordinal));
        if (version is null && !objects.ApiGroups.Contains("k0s.k0sproject.io"))
        {
            return null;
        }

        version ??= objects.Version?.TextAt("gitVersion");
        bool isOlder = VersionText.Compare(version, "1.34.1") < 0;
        return new DetectedDistribution(isOlder ? "k0s-1.34.0" : "k0s", version,
            [version?.Contains("+k0s", StringComparison.Ordinal) == true ? $"kubelet version {version}" : "API group k0s.k0sproject.io"]);
    }

    private static DetectedDistribution? Talos(FetchedObjects objects, IReadOnlyList<JsonElement> nodes)
    {
        // Nodes of different versions: the oldest control-plane node decides what can be written.
        (Version Version, string Image)[] found =
        [
            .. from node in ControlPlane(nodes) is { Count: > 0 } plane ? plane : nodes
               let image = node.TextAt("status", "nodeInfo", "osImage")
               where image is not null
               let match = TalosImage().Match(image)
               where match.Success
               select (System.Version.Parse(match.Groups[1].Value), image),
        ];
        if (found.Length == 0)
        {
            string? sign = (objects.Pods ?? []).Any(pod => pod.Label("app.kubernetes.io/managed-by") == "Talos") ? "pod label app.kubernetes.io/managed-by=Talos"
                : nodes.Any(node => node.TextAt("status", "nodeInfo", "osImage")?.StartsWith("Talos", StringComparison.Ordinal) == true) ? "osImage that begins with Talos (unconfirmed sign)"
                : null;
            return sign is null ? null : new DetectedDistribution("talos-1.12", null, [$"{sign}; the version could not be read, so the most limited one is assumed"]);
        }

        (Version oldest, string osImage) = found.MinBy(each => each.Version);
        string id = oldest switch { { Major: 1, Minor: <= 12 } => "talos-1.12", { Major: 1, Minor: 13 } => "talos-1.13", _ => "talos-1.14" };
        return new DetectedDistribution(id, $"v{oldest}", [$"osImage \"{osImage}\" (unconfirmed sign)"]);
    }

    private static DetectedDistribution? ByNode(FetchedObjects objects, IReadOnlyList<JsonElement> nodes, string[] kubelets)
    {
        string? vmware = kubelets.FirstOrDefault(version => version.Contains("+vmware", StringComparison.Ordinal));
        return nodes.Any(node => node.Label("microk8s.io/cluster") == "true") ? Found("microk8s", "node label microk8s.io/cluster=true")
            : nodes.Any(node => node.HasLabel("kops.k8s.io/instancegroup")) ? Found("kops", "node label kops.k8s.io/instancegroup")
            : objects.ShootInfo is not null ? Found("gardener", "ConfigMap kube-system/shoot-info")
            : nodes.Any(node => node.HasLabel("worker.gardener.cloud/pool")) ? Found("gardener", "node label worker.gardener.cloud/pool")
            : nodes.Any(node => node.HasLabel("run.tanzu.vmware.com/tkr")) ? Found("vks", "node label run.tanzu.vmware.com/tkr")
            : vmware is not null ? Found("vks", $"kubelet version {vmware}")
            : objects.ApiGroups.Contains("anywhere.eks.amazonaws.com") ? Found("eks-anywhere", "API group anywhere.eks.amazonaws.com")
            : nodes.Any(node => node.Annotation("cluster.x-k8s.io/cluster-name") is not null) ? Found("cluster-api", "node annotation cluster.x-k8s.io/cluster-name (unconfirmed sign)")
            : nodes.Any(node => node.TextAt("spec", "providerID")?.StartsWith("kind://", StringComparison.Ordinal) == true) ? Found("kind", "providerID kind://")
            : nodes.Any(node => node.HasLabel("minikube.k8s.io/name")) ? Found("minikube", "node label minikube.k8s.io/name")
            : null;
    }

    private static DetectedDistribution? Kubeadm(FetchedObjects objects)
    {
        if (objects.KubeadmConfig?.TextAt("data", "ClusterConfiguration") is { } configuration && KubeadmConfiguration.ArgumentsOf(configuration) is not null)
        {
            string? version = KubeadmConfiguration.VersionOf(configuration);
            if (KubeadmConfiguration.TextOf(configuration, "certificatesDir") == "/etc/kubernetes/ssl")
            {
                return Found("kubespray", "kubeadm-config has certificatesDir /etc/kubernetes/ssl (unconfirmed sign)");
            }

            return Found(KubeadmConfiguration.HoldsList(configuration) ? "kubeadm-v1beta4" : "kubeadm-v1beta3", $"ConfigMap kube-system/kubeadm-config, {version}");
        }

        // Without its configuration the form follows from the version: a list from 1.31 on.
        bool isAnnotated = (objects.Pods ?? []).Any(pod => pod.Annotation(ServerReader.AdvertisedEndpoint) is not null);
        if (isAnnotated || objects.KubeadmConfig is not null)
        {
            bool isList = VersionText.Minor(objects.Version?.TextAt("gitVersion")) >= 31;
            return Found(isList ? "kubeadm-v1beta4" : "kubeadm-v1beta3", $"{(isAnnotated ? $"pod annotation {ServerReader.AdvertisedEndpoint}" : "ConfigMap kube-system/kubeadm-config")}; kubeadm-config could not be read, its form is assumed by the version of Kubernetes");
        }

        return null;
    }

    public static IReadOnlyList<JsonElement> ControlPlane(IReadOnlyList<JsonElement> nodes) =>
    [
        .. nodes.Where(node => node.HasLabel("node-role.kubernetes.io/control-plane") || node.HasLabel("node-role.kubernetes.io/master")
            || node.Label("node.k0sproject.io/role") == "control-plane" || node.HasLabel("node.kubernetes.io/microk8s-controlplane")),
    ];

    private static DetectedDistribution Found(string id, string evidence) => new(id, null, [evidence]);

    [GeneratedRegex(@"^Talos \(v([0-9]{1,3}\.[0-9]{1,3}(?:\.[0-9]{1,3})?)")]
    private static partial Regex TalosImage();
}
