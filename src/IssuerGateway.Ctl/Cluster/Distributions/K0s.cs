using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>k0s, which can append a second issuer since 1.34.1.</summary>
internal static class K0s
{
    public static Distribution Current { get; } = new()
    {
        Id = "k0s",
        Name = "k0s 1.34.1 and later",
        Detection =
        [
            Fact.Documented("Kubelet version +k0s; API group k0s.k0sproject.io; node label node.k0sproject.io/role on nodes that are controller and worker."),
            Fact.Documented("Controllers usually are no nodes: they are counted by their identity Leases. Today's flags are in /flagz only."),
        ],
        TwoIssuers = TwoIssuers.Held,
        Setting =
        [
            Fact.Documented("spec.api.extraArgs holds one value a name: the first issuer. spec.api.rawArgs (1.34.1 and later) is appended: the others."),
            Fact.Documented("Set service-account-jwks-uri too, because k0s passes its own."),
        ],
        Defaults = [Fact.Documented("Issuer https://kubernetes.default.svc, jwks_uri explicit; --api-audiences explicit: that issuer and system:konnectivity-server. Keep it, or the agents lose their tunnel.")],
        SetsAudiences = true,
        HasFilePerServer = true,
        SigningKey = [Fact.Documented("RSA 2048.")],
        CanAddKeys = null,
        KeyFolder = "/var/lib/k0s/pki",
        RollingOut =
        [
            Fact.Documented("Change k0s.yaml on one controller after the other and restart it."),
            Fact.Documented("Dynamic configuration does not carry spec.api: the ClusterConfig object is not the place."),
        ],
        Reaching =
        [
            Fact.Documented("Anonymous requests are off."),
            Fact.Documented("With spec.api.externalAddress all servers share one address: they cannot be compared there."),
        ],
        Sources = "k0sproject/k0s@dff90ce",
        Source = new SourceFormat
        {
            Name = "k0s.yaml of a controller",
            Fetch = "ssh CONTROLLER cat /etc/k0s/k0s.yaml > CONTROLLER.yaml",
            IsPerServer = true,
            Read = content => Document(content) is { } file
                ? new FlagSet([.. ArgumentFields.ReadMap(YamlSource.At(file, "spec", "api", "extraArgs")), .. ArgumentFields.ReadWords(YamlSource.At(file, "spec", "api", "rawArgs"))])
                : null,
        },
        Steps = context => Files(context, holdsTwo: true),
    };

    public static Distribution Older { get; } = Current with
    {
        Id = "k0s-1.34.0",
        Name = "k0s before 1.34.1",
        TwoIssuers = TwoIssuers.NotHeld,
        Setting = [Fact.Documented("spec.api.extraArgs holds one value a name, and there is no rawArgs: the old issuer cannot stay accepted."), Current.Setting[1]],
        CanAddKeys = false,
        KeyWay = "Upgrade to k0s 1.34.1 or later first: spec.api.rawArgs holds the second key file.",
        NextBestWay = "Upgrade to k0s 1.34.1 or later first: spec.api.rawArgs holds the second issuer.",
        Steps = context => Files(context, holdsTwo: false),
    };

    private static IReadOnlyList<RollStep> Files(RollContext context, bool holdsTwo) =>
    [
        .. context.Targets.Select(target =>
        {
            YamlMappingNode? file = context.SourceOf(target) is { } source ? Document(source.Content) : null;
            return new RollStep
            {
                Target = KubeadmSteps.Name(target),
                Node = target.Name,
                Place = "/etc/k0s/k0s.yaml",
                Content = Content(file, context, holdsTwo),
                Command = "k0s config validate --config /etc/k0s/k0s.yaml && systemctl restart k0scontroller",
                Note = file is null
                    ? "Change only these fields; keep the other entries of extraArgs and rawArgs, and everything else in the file."
                    : "spec.api as a whole, with today's other values. Everything else in the file stays.",
            };
        }),
    ];

    private static string Content(YamlMappingNode? file, RollContext context, bool holdsTwo)
    {
        YamlMappingNode api = YamlSource.With(YamlSource.At(file, "spec", "api"), ("extraArgs", ArgumentFields.Map(YamlSource.At(file, "spec", "api", "extraArgs"), context)));
        if (holdsTwo)
        {
            api = YamlSource.With(api, ("rawArgs", ArgumentFields.WordList(YamlSource.At(file, "spec", "api", "rawArgs"), context, context.FurtherFlags, "--")));
        }

        return YamlText.Field(["spec", "api"], api)
            + (context.ControllerKey is not { } key ? "" : YamlText.Indent(YamlText.Field(["controllerManager", "extraArgs"],
                KubeadmConfiguration.Controller(YamlSource.At(file, "spec", "controllerManager", "extraArgs"), key, asList: false)), 2));
    }

    private static YamlMappingNode? Document(string content) => YamlSource.ParseAll(content).FirstOrDefault(document =>
        YamlSource.TextOf(document, "kind") is "ClusterConfig" or "Cluster" && YamlSource.TextOf(document, "apiVersion")?.StartsWith("k0s.k0sproject.io/", StringComparison.Ordinal) == true);
}
