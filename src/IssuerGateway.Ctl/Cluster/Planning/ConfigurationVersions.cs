using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>The versions of each configuration whose fields are known: a plan for another one is written on what was there before it.</summary>
internal static class ConfigurationVersions
{
    private static readonly Dictionary<string, string[]> known = new(StringComparer.Ordinal)
    {
        ["kubeadm.k8s.io"] = ["v1beta1", "v1beta2", "v1beta3", "v1beta4"],
        ["controlplane.cluster.x-k8s.io"] = ["v1alpha3", "v1alpha4", "v1beta1", "v1beta2"],
        ["k0s.k0sproject.io"] = ["v1beta1"],
        ["kops.k8s.io"] = ["v1alpha2", "v1alpha3"],
        ["config.openshift.io"] = ["v1"],
        ["core.gardener.cloud"] = ["v1beta1"],
        ["kamaji.clastix.io"] = ["v1alpha1"],
        ["anywhere.eks.amazonaws.com"] = ["v1alpha1"],
        ["kind.x-k8s.io"] = ["v1alpha4"],
    };

    public static IEnumerable<ClusterFinding> Findings(ConfigurationSource source) =>
        from document in YamlSource.ParseAll(source.Content)
        let version = YamlSource.TextOf(document, "apiVersion")
        where version?.Split('/') is [var one, var two] && known.TryGetValue(one, out string[]? each) && !each.Contains(two)
        let versions = known[version.Split('/')[0]]
        select ClusterFinding.Error("version-unknown",
            $"{source.Name} is of version {PrintableText.Of(version)}, which this issuerctl does not know; it knows {string.Join(", ", versions)}",
            "fields may have moved: the plan writes them where the newest known version, or what is there already, has them. Use a newer issuerctl, or hold each step against the documentation of that version before you apply it");
}
