using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>EKS Anywhere: one issuer, because its two ways of setting it are joined.</summary>
internal static class EksAnywhere
{
    private const string Arguments = "apiServerExtraArgs";

    public static Distribution Distribution { get; } = new()
    {
        Id = "eks-anywhere",
        Name = "EKS Anywhere",
        Detection = [Fact.Documented("CustomResourceDefinitions of anywhere.eks.amazonaws.com, in the management cluster only. Elsewhere give --distribution eks-anywhere.")],
        TwoIssuers = TwoIssuers.NotHeld,
        Setting =
        [
            Fact.Documented("podIamConfig.serviceAccountIssuer, or apiServerExtraArgs (with the environment variable API_SERVER_EXTRA_ARGS_ENABLED)."),
            Fact.Run("Both at once are joined by a comma: one bogus issuer."),
        ],
        Defaults = [Fact.Source("As kubeadm: issuer https://kubernetes.default.svc.DOMAIN, --api-audiences unset.")],
        SigningKey = [Fact.Unconfirmed("Type and rotation of the key.")],
        CanAddKeys = false,
        KeyWay = "apiServerExtraArgs holds one value a name, so the old public key cannot stay beside the new one, and the issuer set there as well would be joined by a comma. Create a new cluster with an RSA key (unconfirmed).",
        RollingOut = [Fact.Documented("Every change replaces all control-plane machines, one after the other.")],
        Breaks = [Fact.Run("While machines are replaced, new and old servers reject each other's tokens.")],
        NextBestWay = "Create a new cluster with the public issuer from the start and move the workloads, or change the issuer in a maintenance window and restart every pod afterwards.",
        Sources = "aws/eks-anywhere pkg/clusterapi",
        Source = new SourceFormat
        {
            Name = "cluster specification of EKS Anywhere",
            Fetch = "kubectl get clusters.anywhere.eks.amazonaws.com CLUSTER -o yaml > cluster.yaml    # in the management cluster",
            Read = content => Document(content) is { } cluster ? new FlagSet([.. IssuersOf(cluster), .. ArgumentFields.ReadMap(Find(cluster, [])?.Node).Where(flag => flag.Name != FlagSet.Issuer)]) : null,
            Findings = content => Document(content) is { } cluster && IssuersOf(cluster).Count > 1
                ? [ClusterFinding.Error("comma-joined", "the cluster specification has both podIamConfig.serviceAccountIssuer and service-account-issuer in apiServerExtraArgs, which are joined by a comma", "remove the one in apiServerExtraArgs")]
                : [],
        },
        Steps = Steps,
    };

    private static IReadOnlyList<RollStep> Steps(RollContext context)
    {
        YamlMappingNode? cluster = context.SourceOf(null) is { } source ? Document(source.Content) : null;
        bool isInArguments = cluster is not null && YamlSource.TextAt(cluster, "spec", "podIamConfig", "serviceAccountIssuer") is null
            && Find(cluster, []) is { } found && ArgumentFields.ReadMap(found.Node).Any(flag => flag.Name == FlagSet.Issuer);
        (IReadOnlyList<string> path, YamlNode field) = isInArguments && Find(cluster!, []) is { } arguments
            ? (arguments.Path, ArgumentFields.Map(arguments.Node, context with { KeySetUri = null }))
            : (["spec", "podIamConfig"], YamlSource.With(YamlSource.At(cluster, "spec", "podIamConfig"), ("serviceAccountIssuer", YamlSource.Scalar(context.First))));
        return
        [
            new RollStep
            {
                Target = "Cluster (anywhere.eks.amazonaws.com/v1alpha1) in the management cluster",
                Place = string.Join('.', path),
                Content = YamlText.Field(path, field),
                Command = "eksctl anywhere upgrade cluster -f CLUSTER.yaml",
                Note = isInArguments ? "Do not set podIamConfig.serviceAccountIssuer as well." : "Do not set service-account-issuer in apiServerExtraArgs as well.",
            },
        ];
    }

    private static YamlMappingNode? Document(string content) => YamlSource.ParseAll(content).FirstOrDefault(document =>
        YamlSource.TextOf(document, "kind") == "Cluster" && YamlSource.TextOf(document, "apiVersion")?.StartsWith("anywhere.eks.amazonaws.com/", StringComparison.Ordinal) == true);

    private static IReadOnlyList<Flag> IssuersOf(YamlMappingNode cluster) =>
    [
        .. YamlSource.TextAt(cluster, "spec", "podIamConfig", "serviceAccountIssuer") is { } issuer ? [new Flag(FlagSet.Issuer, issuer)] : Array.Empty<Flag>(),
        .. ArgumentFields.ReadMap(Find(cluster, [])?.Node).Where(flag => flag.Name == FlagSet.Issuer),
    ];

    // Which object holds it differs between versions; its name does not.
    private static (IReadOnlyList<string> Path, YamlNode Node)? Find(YamlMappingNode mapping, string[] path)
    {
        foreach ((YamlNode key, YamlNode value) in mapping.Children)
        {
            string[] here = [.. path, (key as YamlScalarNode)?.Value ?? ""];
            if (here[^1] == Arguments)
            {
                return (here, value);
            }

            if (here[0] != "status" && value is YamlMappingNode below && Find(below, here) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
