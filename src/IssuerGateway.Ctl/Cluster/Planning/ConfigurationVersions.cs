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

    private static readonly string[] ofTalos = ["v1alpha1"];

    public static IEnumerable<ClusterFinding> Findings(ConfigurationSource source) =>
        from document in YamlSource.ParseAll(source.Content)
        let version = YamlSource.TextOf(document, "apiVersion")
        where version is not null
        let versions = version.Split('/') is [var family, _] ? known.GetValueOrDefault(family) : YamlSource.TextOf(document, "kind") == "KubeServiceAccountConfig" ? ofTalos : null
        where versions is not null && !versions.Contains(version.Split('/')[^1])
        select Unknown($"{source.Name} is of version {PrintableText.Of(version)}", string.Join(", ", versions));

    /// <summary>Talos has its fields by the version of the system.</summary>
    public static IEnumerable<ClusterFinding> Findings(ControlPlaneNode node) =>
        node.OsImage is { } image && image.StartsWith("Talos (v", StringComparison.Ordinal) && Version.TryParse(image["Talos (v".Length..].Split('-', ')')[0], out Version? version) && version >= new Version(1, 15)
            ? [Unknown($"{node.Name} runs {PrintableText.Of(image)}", "1.12 and older, 1.13 and 1.14")]
            : [];

    private static ClusterFinding Unknown(string what, string known) => ClusterFinding.Error("version-unknown", $"{what}, which this issuerctl does not know; it knows {known}",
        "fields may have moved: the plan writes them where the newest known version, or what is there already, has them. Use a newer issuerctl, or hold each step against the documentation of that version before you apply it");
}
