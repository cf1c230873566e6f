using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Ctl.Cluster.Rendering;

/// <summary>The steps of kubeadm in both forms: the ConfigMap that upgrades read, then the manifest of each node.</summary>
internal static class KubeadmSteps
{
    public const string PatchDirectory = "/etc/kubernetes/patches";

    // kubeadm: TARGET + SUFFIX + "+" + PATCHTYPE; the digit orders several patches of one target.
    public const string PatchFile = "kube-apiserver0+json.yaml";

    public static IReadOnlyList<RollStep> List(RollContext context) => Steps(context, asList: true);

    public static IReadOnlyList<RollStep> Map(RollContext context) => Steps(context, asList: false);

    /// <summary>A JSON patch that appends every value but the first of each name, because a map can hold only one.</summary>
    public static string Patch(RollContext context) => string.Concat(context.FurtherFlags.Select(flag =>
        $"- op: add\n  path: /spec/containers/0/command/-\n  value: {YamlText.Scalar(flag.ToString())}\n"));

    private static List<RollStep> Steps(RollContext context, bool asList)
    {
        ConfigurationSource? read = context.Cluster.Sources.FirstOrDefault(each => each.Kind == ConfigurationSource.ConfigMap);

        // What was read decides, also against --distribution: a list in a map's version is rejected, and takes today's values with it.
        asList = read is null ? asList : KubeadmConfiguration.HoldsList(read.Content);
        string apiVersion = (read is null ? null : KubeadmConfiguration.VersionOf(read.Content)) ?? (asList ? KubeadmConfiguration.V1Beta4 : "kubeadm.k8s.io/v1beta3");
        bool isRead = read is not null;
        string source = read?.Content ?? KubeadmConfiguration.Skeleton(apiVersion, context.Cluster.Version);
        string configuration = KubeadmConfiguration.Write(source, context, asList);
        List<RollStep> steps =
        [
            new RollStep
            {
                Target = "ConfigMap kube-system/kubeadm-config",
                Place = "data.ClusterConfiguration",
                Content = $"data:\n  ClusterConfiguration: |\n{YamlText.Indent(configuration, 4)}",
                Command = $"kubectl -n kube-system patch configmap kubeadm-config --type merge --patch-file {context.Label}-kubeadm-config.yaml",
                Note = isRead
                    ? "Save the content as the named file first. kubeadm upgrade and new control-plane nodes use this ConfigMap; nothing restarts yet."
                    : "The ConfigMap could not be read. Do not apply this as it is: take today's content and change only apiServer.extraArgs as shown.",
            },
        ];
        foreach (RollTarget target in context.Targets)
        {
            IEnumerable<RollStep> onNode = OnNode(context, target, apiVersion, configuration, asList);
            steps.AddRange(isRead ? onNode : onNode.Select(step => step.Place.StartsWith(PatchDirectory, StringComparison.Ordinal) ? step
                : step with { Note = string.Join(' ', new[] { "Put today's ClusterConfiguration here, changed only as shown: kubeadm writes the whole manifest from this file.", step.Note }.OfType<string>()) }));
        }

        return steps;
    }

    private static IEnumerable<RollStep> OnNode(RollContext context, RollTarget target, string apiVersion, string configuration, bool asList)
    {
        string patches = "";
        if (!asList)
        {
            bool hasOthers = context.FurtherFlags.Count > 0;
            yield return new RollStep
            {
                Target = Name(target),
                Node = target.Name,
                Place = $"{PatchDirectory}/{PatchFile}",
                Content = hasOthers ? Patch(context) : null,
                Command = hasOthers ? $"mkdir -p {PatchDirectory}" : $"rm -f {PatchDirectory}/{PatchFile}",
                Note = hasOthers
                    ? $"Name this directory at every later upgrade too (kubeadm upgrade apply --patches {PatchDirectory}), otherwise these values are lost. If you have patches of your own, put them into the same directory: kubeadm takes one."
                    : "Everything that is left stands in the configuration.",
            };
            patches = hasOthers ? $"patches:\n  directory: {PatchDirectory}\n" : "";
        }

        string file = $"/root/issuer-{context.Label}.yaml";
        (string address, string port) = EndpointOf(target);
        yield return new RollStep
        {
            Target = Name(target),
            Node = target.Name,
            Place = file,
            Content = $"""
                apiVersion: {apiVersion}
                kind: InitConfiguration
                localAPIEndpoint:
                  advertiseAddress: {YamlText.Scalar(address)}
                  bindPort: {port}
                nodeRegistration:
                  name: {YamlText.Scalar(Name(target) == target.Name ? "NODE-NAME" : target.Name)}
                {patches}---

                """.ReplaceLineEndings("\n") + configuration,
            Command = $"kubeadm init phase control-plane apiserver --config {file}"
                + (context.ControllerKey is null ? "" : $"\nkubeadm init phase control-plane controller-manager --config {file}"),
            Note = target.IsUnseen
                ? "This server was counted but not found: put its own node name and address here. Do not leave it out."
                : target.Server?.Endpoint is null && target.Address is not null
                    ? $"advertiseAddress {target.Address} is the node's internal address; the address that its API server advertises could not be read. Compare with the running manifest."
                    : null,
        };
    }

    public static string Name(RollTarget target) => target.Name.StartsWith("API server", StringComparison.Ordinal) || target.IsUnseen ? target.Name : $"node {target.Name}";

    private static (string Address, string Port) EndpointOf(RollTarget target)
    {
        if (target.Server?.Endpoint is { } endpoint && endpoint.LastIndexOf(':') is var colon and > 0)
        {
            return (endpoint[..colon].Trim('[', ']'), endpoint[(colon + 1)..]);
        }

        return (target.Address ?? "ADVERTISE-ADDRESS", "6443");
    }
}
