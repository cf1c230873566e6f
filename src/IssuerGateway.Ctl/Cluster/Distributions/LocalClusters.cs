using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Clusters on a developer's machine, whose flags are set when they are created.</summary>
internal static class LocalClusters
{
    private const string Patches = "kubeadmConfigPatches";

    public static Distribution Kind { get; } = new()
    {
        Id = "kind",
        Name = "kind",
        Detection = [Fact.Reported("providerID kind://. Today's flags are those of the mirror pod.")],
        TwoIssuers = TwoIssuers.NotHeld,
        Setting = [Fact.Unconfirmed("kubeadmConfigPatches when the cluster is created.")],
        Defaults = [Fact.Source("As kubeadm: issuer https://kubernetes.default.svc.DOMAIN, --api-audiences unset.")],
        SigningKey = [Fact.Unconfirmed("RSA.")],
        CanAddKeys = false,
        KeyWay = "Create the cluster again without encryptionAlgorithm: its key is RSA then (unconfirmed).",
        RollingOut = [Fact.Unconfirmed("The cluster is created again.")],
        NextBestWay = "Create the cluster again with the public issuer from the start. No token outlives the old cluster.",
        Sources = "cmd/kubeadm of Kubernetes 1.36; nothing was read of the tool itself",
        Source = new SourceFormat
        {
            Name = "configuration of kind",
            Fetch = "cp kind.yaml .    # the file that the cluster was created with",
            Read = content => Configuration(content) is { } kind ? new FlagSet([.. PatchesOf(kind).SelectMany(patch => KubeadmConfiguration.ArgumentsOf(patch)?.Flags ?? [])]) : null,
        },
        Steps = context =>
        [
            new RollStep
            {
                Target = "the kind configuration of the cluster",
                Place = Patches,
                Content = context.SourceOf(null) is { } source && Configuration(source.Content) is { } today ? Whole(today, context) : Example(context),
                Command = "kind delete cluster --name NAME\nkind create cluster --name NAME --config kind.yaml",
                Note = (context.SourceOf(null) is not null ? "" : "Add the other nodes of the cluster. ") + "Everything in the cluster is lost. Where kind uses v1beta4, extraArgs is a list of name and value.",
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
        Source = null,
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

    private static string Example(RollContext context) => $$"""
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

        """.ReplaceLineEndings("\n");

    private static string Whole(YamlMappingNode today, RollContext context)
    {
        List<YamlNode> patches = [.. (YamlSource.Find(today, Patches) as YamlSequenceNode)?.Children ?? []];
        int known = patches.FindIndex(patch => IsClusterConfiguration((patch as YamlScalarNode)?.Value));
        string before = known < 0 ? "kind: ClusterConfiguration\n" : ((YamlScalarNode)patches[known]).Value!;
        bool isList = YamlSource.At(YamlSource.Parse(before)!.Root, "apiServer", "extraArgs") is YamlSequenceNode;
        YamlScalarNode written = new(KubeadmConfiguration.Write(before, context with { KeySetUri = null }, isList)) { Style = YamlDotNet.Core.ScalarStyle.Literal };
        if (known < 0)
        {
            patches.Add(written);
        }
        else
        {
            patches[known] = written;
        }

        YamlMappingNode whole = YamlSource.With(today, (Patches, new YamlSequenceNode(patches)));
        return string.Concat(whole.Children.Select(pair => YamlText.Field([((YamlScalarNode)pair.Key).Value!], pair.Value)));
    }

    private static IEnumerable<string> PatchesOf(YamlMappingNode kind) => new[] { kind }
        .Concat((YamlSource.Find(kind, "nodes") as YamlSequenceNode)?.Children.OfType<YamlMappingNode>() ?? [])
        .SelectMany(node => YamlSource.TextsAt(node, Patches)).Where(IsClusterConfiguration);

    private static bool IsClusterConfiguration(string? patch) => patch is not null && KubeadmConfiguration.TextOf(patch, "kind") == "ClusterConfiguration";

    private static YamlMappingNode? Configuration(string content) => YamlSource.Parse(content)?.Root is { } root
        && YamlSource.TextOf(root, "apiVersion")?.StartsWith("kind.x-k8s.io/", StringComparison.Ordinal) == true ? root : null;
}
