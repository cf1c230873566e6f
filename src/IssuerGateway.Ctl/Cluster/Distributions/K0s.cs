using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

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
        Steps = context => Files(context, holdsTwo: true),
    };

    public static Distribution Older { get; } = Current with
    {
        Id = "k0s-1.34.0",
        Name = "k0s before 1.34.1",
        TwoIssuers = TwoIssuers.NotHeld,
        Setting = [Fact.Documented("spec.api.extraArgs holds one value a name, and there is no rawArgs: the old issuer cannot stay accepted."), Current.Setting[1]],
        NextBestWay = "Upgrade to k0s 1.34.1 or later first: spec.api.rawArgs holds the second issuer.",
        Steps = context => Files(context, holdsTwo: false),
    };

    private static IReadOnlyList<RollStep> Files(RollContext context, bool holdsTwo) =>
    [
        .. context.Targets.Select(target => new RollStep
        {
            Target = KubeadmSteps.Name(target),
            Node = target.Name,
            Place = "/etc/k0s/k0s.yaml",
            Content = "spec:\n  api:\n    extraArgs:\n"
                + string.Concat(context.Arguments.Select(argument => argument.Split('=', 2)).DistinctBy(pair => pair[0])
                    .Select(pair => $"      {pair[0]}: {YamlText.Scalar(pair[1])}\n"))
                + (!holdsTwo ? "" : context.Others.Count == 0
                    ? "    rawArgs: []\n"
                    : $"    rawArgs:\n{YamlText.List(context.Others.Select(issuer => $"--{FlagSet.Issuer}={issuer}"), 6)}"),
            Command = "k0s config validate --config /etc/k0s/k0s.yaml && systemctl restart k0scontroller",
            Note = "Change only these fields; keep the other entries of extraArgs and rawArgs, and everything else in the file.",
        }),
    ];
}
