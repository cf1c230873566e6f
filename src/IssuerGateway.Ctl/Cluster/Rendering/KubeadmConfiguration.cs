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

    public const string ControllerKey = "service-account-private-key-file";

    private const string ApiServer = "apiServer";
    private const string ControllerManager = "controllerManager";
    private const string ExtraArguments = "extraArgs";

    public static string? VersionOf(string content) =>
        YamlSource.Parse(content) is { } document ? YamlSource.TextOf(document.Root, "apiVersion") : null;

    public static string? TextOf(string content, string key) =>
        YamlSource.Parse(content) is { } document ? YamlSource.TextOf(document.Root, key) : null;

    /// <summary>Whether arguments are a list of name and value: by what is written there, else by the version, of which the first three have a map.</summary>
    public static bool HoldsList(string content) => YamlSource.At(YamlSource.Parse(content)?.Root, ApiServer, ExtraArguments) switch
    {
        YamlSequenceNode => true,
        YamlMappingNode { Children.Count: > 0 } => false,
        _ => VersionOf(content) is { } version && version is not ("kubeadm.k8s.io/v1beta1" or "kubeadm.k8s.io/v1beta2" or "kubeadm.k8s.io/v1beta3"),
    };

    /// <summary>The arguments that the configuration gives the API server, in its order; null when it cannot be read.</summary>
    public static FlagSet? ArgumentsOf(string content)
    {
        if (YamlSource.Parse(content) is not { } document)
        {
            return null;
        }

        YamlNode? arguments = YamlSource.At(document.Root, ApiServer, ExtraArguments);
        return new FlagSet([.. ArgumentFields.ReadMap(arguments), .. ArgumentFields.ReadPairs(arguments)]);
    }

    /// <summary>The configuration with the flags of a roll written, in the form of its version, and everything else kept.</summary>
    public static string Write(string content, RollContext context, bool asList)
    {
        YamlSource document = YamlSource.Parse(content) ?? throw new InvalidOperationException("the planner reads the configuration before it plans with it");
        YamlMappingNode server = YamlSource.MappingAt(document.Root, ApiServer);
        YamlNode? today = YamlSource.Find(server, ExtraArguments);
        server.Children[new YamlScalarNode(ExtraArguments)] = asList ? ArgumentFields.Pairs(today, context) : ArgumentFields.Map(today, context);
        if (context.ControllerKey is { } key)
        {
            YamlMappingNode manager = YamlSource.MappingAt(document.Root, ControllerManager);
            manager.Children[new YamlScalarNode(ExtraArguments)] = Controller(YamlSource.Find(manager, ExtraArguments), key, asList);
        }

        return document.ToString();
    }

    /// <summary>The arguments of the controller manager with its private key, in one of the two forms.</summary>
    public static YamlNode Controller(YamlNode? today, string key, bool asList)
    {
        if (!asList)
        {
            return YamlSource.With(today, (ControllerKey, YamlSource.Scalar(key)));
        }

        return new YamlSequenceNode(
        [
            .. (today as YamlSequenceNode)?.Children.Where(item => item is not YamlMappingNode mapping || YamlSource.TextOf(mapping, "name") != ControllerKey) ?? [],
            new YamlMappingNode { { "name", YamlSource.Scalar(ControllerKey) }, { "value", YamlSource.Scalar(key) } },
        ]);
    }

    /// <summary>Without a readable source: the smallest configuration that shows where the flags belong.</summary>
    public static string Skeleton(string apiVersion, string? kubernetesVersion) =>
        $"apiVersion: {apiVersion}\nkind: ClusterConfiguration\n{(kubernetesVersion is null ? "" : $"kubernetesVersion: {kubernetesVersion}\n")}";
}
