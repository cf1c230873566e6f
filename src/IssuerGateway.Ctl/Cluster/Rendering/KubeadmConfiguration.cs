using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Rendering;

/// <summary>
/// The <c>ClusterConfiguration</c> of ConfigMap kube-system/kubeadm-config: <c>apiServer.extraArgs</c> is a map up to
/// v1beta3, where a name given twice keeps only the last value, and a list of name and value from v1beta4.
/// </summary>
internal static class KubeadmConfiguration
{
    public const string V1Beta4 = "kubeadm.k8s.io/v1beta4";

    private const string ApiServer = "apiServer";
    private const string ExtraArguments = "extraArgs";

    public static string? VersionOf(string content) =>
        YamlDocument.Parse(content) is { } document ? YamlDocument.TextOf(document.Root, "apiVersion") : null;

    public static string? TextOf(string content, string key) =>
        YamlDocument.Parse(content) is { } document ? YamlDocument.TextOf(document.Root, key) : null;

    /// <summary>The arguments that the configuration gives the API server, in its order; null when it cannot be read.</summary>
    public static FlagSet? ArgumentsOf(string content)
    {
        if (YamlDocument.Parse(content) is not { } document)
        {
            return null;
        }

        YamlNode? arguments = YamlDocument.Find(document.Root, ApiServer) is YamlMappingNode server ? YamlDocument.Find(server, ExtraArguments) : null;
        return new FlagSet(arguments switch
        {
            YamlMappingNode map => [.. map.Children.Select(pair => new Flag(((YamlScalarNode)pair.Key).Value ?? "", (pair.Value as YamlScalarNode)?.Value ?? ""))],
            YamlSequenceNode list => [.. list.Children.OfType<YamlMappingNode>().Select(item => new Flag(YamlDocument.TextOf(item, "name") ?? "", YamlDocument.TextOf(item, "value") ?? ""))],
            _ => [],
        });
    }

    /// <summary>The configuration with the flags of a roll written, in the form of its version, and everything else kept.</summary>
    public static string Write(string content, RollContext context, bool asList)
    {
        YamlDocument document = YamlDocument.Parse(content) ?? throw new InvalidOperationException("the planner reads the configuration before it plans with it");
        YamlMappingNode server = YamlDocument.MappingAt(document.Root, ApiServer);
        if (asList)
        {
            WriteList(server, context);
        }
        else
        {
            WriteMap(server, context);
        }

        return document.ToString();
    }

    /// <summary>Without a readable source: the smallest configuration that shows where the flags belong.</summary>
    public static string Skeleton(string apiVersion, string? kubernetesVersion) =>
        $"apiVersion: {apiVersion}\nkind: ClusterConfiguration\n{(kubernetesVersion is null ? "" : $"kubernetesVersion: {kubernetesVersion}\n")}";

    private static void WriteList(YamlMappingNode server, RollContext context)
    {
        List<YamlNode> kept = YamlDocument.Find(server, ExtraArguments) is YamlSequenceNode existing
            ? [.. existing.Children.Where(item => item is not YamlMappingNode mapping || !context.Writes(YamlDocument.TextOf(mapping, "name") ?? ""))]
            : [];
        kept.AddRange(context.Arguments.Select(argument => argument.Split('=', 2)).Select(pair => new YamlMappingNode
        {
            { "name", YamlDocument.Scalar(pair[0]) },
            { "value", YamlDocument.Scalar(pair[1]) },
        }));
        server.Children[new YamlScalarNode(ExtraArguments)] = new YamlSequenceNode(kept);
    }

    // A map holds one value a name: the first issuer stands here, the others come by patch.
    private static void WriteMap(YamlMappingNode server, RollContext context)
    {
        YamlMappingNode map = YamlDocument.MappingAt(server, ExtraArguments);
        foreach (YamlNode key in map.Children.Keys.Where(key => context.Writes((key as YamlScalarNode)?.Value ?? "")).ToList())
        {
            map.Children.Remove(key);
        }

        foreach (string[] pair in context.Arguments.Select(argument => argument.Split('=', 2)).DistinctBy(pair => pair[0]))
        {
            map.Children[new YamlScalarNode(pair[0])] = YamlDocument.Scalar(pair[1]);
        }
    }
}
