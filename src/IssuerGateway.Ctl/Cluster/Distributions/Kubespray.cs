using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Kubespray: group variables that become a kubeadm configuration and patches.</summary>
internal static class Kubespray
{
    private const string Arguments = "kube_kubeadm_apiserver_extra_args";
    private const string Patches = "kubeadm_patches";
    private const string ControllerArguments = "kube_kubeadm_controller_extra_args";

    public static Distribution Distribution { get; } = new()
    {
        Id = "kubespray",
        Name = "Kubespray 2.31",
        Detection = [Fact.Unconfirmed("As kubeadm, with certificatesDir /etc/kubernetes/ssl in kubeadm-config. Otherwise give --distribution kubespray.")],
        TwoIssuers = TwoIssuers.Held,
        Setting = [Fact.Documented("kube_kubeadm_apiserver_extra_args is a dictionary with one value a name (kubespray#9738); the other issuers come from kubeadm_patches with type json.")],
        Defaults = [Fact.Source("As kubeadm: issuer https://kubernetes.default.svc.DOMAIN, --api-audiences unset.")],
        SigningKey = [Fact.Documented("RSA-2048 (kube_asymmetric_encryption_algorithm).")],
        RollingOut = [Fact.Documented("upgrade-cluster.yml changes one control-plane node after the other (serial 1). cluster.yml restarts all of them at once.")],
        Breaks = [Fact.Run("A manifest or a ConfigMap changed by hand is written again by the next playbook run.")],
        Sources = "kubernetes-sigs/kubespray@46dbdd3; kubespray#9738",
        KeyFolder = "/etc/kubernetes/ssl",
        KeyNotes = [Fact.Unconfirmed("kube_kubeadm_controller_extra_args sets the key of the controller manager.")],
        Source = new SourceFormat
        {
            Name = "group variables of Kubespray",
            Fetch = "cp inventory/CLUSTER/group_vars/k8s_cluster/k8s-cluster.yml .",
            Read = content => Variables(content) is { } variables ? new FlagSet([.. ArgumentFields.ReadMap(YamlSource.Find(variables, Arguments)), .. PatchesOf(variables).SelectMany(patch => ArgumentFields.ReadPatch(YamlSource.At(patch, "patch")))]) : null,
        },
        Steps = Steps,
    };

    private static IReadOnlyList<RollStep> Steps(RollContext context)
    {
        YamlMappingNode? today = context.Cluster.Sources.Where(source => source.Kind == ConfigurationSource.File).Select(source => Variables(source.Content)).FirstOrDefault(found => found is not null);
        YamlSequenceNode patches = new(today is null ? [] : PatchesOf(today).Select(patch => Without(patch, context)).Where(patch => (YamlSource.At(patch, "patch") as YamlSequenceNode)?.Children.Count != 0));
        if (context.FurtherFlags.Count > 0)
        {
            patches.Add(new YamlMappingNode
            {
                { "target", "kube-apiserver" },
                { "type", "json" },
                { "patch", new YamlSequenceNode([.. context.FurtherFlags.Select(flag => new YamlMappingNode { { "op", "add" }, { "path", "/spec/containers/0/command/-" }, { "value", YamlSource.Scalar(flag.ToString()) } })]) },
            });
        }

        string content = YamlText.Field([Arguments], ArgumentFields.Map(today is null ? null : YamlSource.Find(today, Arguments), context)) + YamlText.Field([Patches], patches)
            + (context.ControllerKey is { } key ? YamlText.Field([ControllerArguments], KubeadmConfiguration.Controller(today is null ? null : YamlSource.Find(today, ControllerArguments), key, asList: false)) : "");
        return
        [
            new RollStep
            {
                Target = "the inventory of the cluster",
                Place = "group_vars/k8s_cluster/k8s-cluster.yml",
                Content = content,
                Command = "ansible-playbook -i inventory/CLUSTER/hosts.yaml -b upgrade-cluster.yml",
                Note = today is null
                    ? $"Keep the other entries of {Arguments} and {Patches}. {Kept(context)}"
                    : "These variables as a whole, with today's other entries. Every other variable of the file stays.",
            },
        ];
    }

    // Of a patch that was written for an earlier roll only the operations on these flags go.
    private static YamlMappingNode Without(YamlMappingNode patch, RollContext context) =>
        YamlSource.At(patch, "patch") is not YamlSequenceNode operations ? patch : YamlSource.With(patch, ("patch", new YamlSequenceNode(operations.Children.Where(operation =>
            YamlSource.TextAt(operation, "value") is not { } value || !context.Writes(value.TrimStart('-').Split('=')[0])))));

    private static IEnumerable<YamlMappingNode> PatchesOf(YamlMappingNode variables) => (YamlSource.Find(variables, Patches) as YamlSequenceNode)?.Children.OfType<YamlMappingNode>() ?? [];

    // Variables have no kind; an object of a cluster is none of them.
    private static YamlMappingNode? Variables(string content) => YamlSource.Parse(content)?.Root is { } root && YamlSource.Find(root, "kind") is null && YamlSource.Find(root, "apiVersion") is null ? root : null;

    private static string Kept(RollContext context)
    {
        FlagSet? arguments = context.Cluster.Source is { } source ? KubeadmConfiguration.ArgumentsOf(source.Content) : null;
        string[] names = [.. arguments?.Flags.Select(flag => flag.Name).Where(name => !context.Writes(name)) ?? []];
        return names.Length == 0
            ? "ConfigMap kubeadm-config shows no others."
            : $"ConfigMap kubeadm-config shows: {string.Join(", ", names)} (most are set by Kubespray itself).";
    }
}
