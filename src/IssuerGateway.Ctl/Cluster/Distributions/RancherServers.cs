using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>k3s and what is built like it: RKE2, Rancher-made clusters and Harvester.</summary>
internal static class RancherServers
{
    private static readonly Fact[] setting =
    [
        Fact.Documented("The list kube-apiserver-arg holds service-account-issuer twice and the order is kept. An explicit value takes the place of the default, so the old issuer has to be written too."),
        Fact.Documented("Shorter while the old issuer is the default: service-account-issuer+=NEW appends to it (roll 1), service-account-issuer-=NEW puts NEW before it (roll 2)."),
    ];

    private static readonly Fact[] reaching = [Fact.Documented("Anonymous requests are off: the discovery documents need credentials.")];

    private const string K3sSources = "k3s-io/k3s pkg/util/args.go@2910861, control/server.go; rancher/rke2@6ce1a80";

    public static Distribution K3s { get; } = new()
    {
        Id = "k3s",
        Name = "k3s",
        Detection = [Fact.Reported("Kubelet version +k3sN; node annotation k3s.io/node-args, a JSON list that includes config.yaml. There is no API server pod.")],
        TwoIssuers = TwoIssuers.Held,
        Setting = setting,
        Defaults = [Fact.Documented("Issuer https://kubernetes.default.svc.DOMAIN; --api-audiences explicit: that issuer and k3s. It stays as it is.")],
        SetsAudiences = true,
        HasFilePerServer = true,
        SigningKey = [Fact.Documented("RSA 2048."), Fact.Unconfirmed("server/tls/service.key may hold several keys.")],
        CanAddKeys = null,
        RollingOut = [Fact.Documented("systemctl restart k3s on one server after the other; agents are not touched. The restart takes the whole k3s server process of that node with it.")],
        Reaching = [.. reaching, Fact.Documented("Port 6444 is loopback of the node only; reach each server at 6443.")],
        Sources = K3sSources,
        Steps = context => Files(context, "/etc/rancher/k3s/config.yaml", "systemctl restart k3s"),
    };

    public static Distribution Rke2 { get; } = new()
    {
        Id = "rke2",
        Name = "RKE2",
        Detection = [Fact.Documented("Kubelet version +rke2rN. Today's flags are the args, not the command, of the mirror pod."), Fact.Reported("Node annotation rke2.io/node-args.")],
        TwoIssuers = TwoIssuers.Held,
        Setting = setting,
        Defaults = [Fact.Documented("Issuer https://kubernetes.default.svc.DOMAIN; --api-audiences explicit: that issuer and rke2. It stays as it is.")],
        SetsAudiences = true,
        HasFilePerServer = true,
        SigningKey = K3s.SigningKey,
        CanAddKeys = null,
        RollingOut = [Fact.Documented("systemctl restart rke2-server on one server after the other; agents are not touched.")],
        Reaching = reaching,
        Sources = K3sSources,
        Steps = context => Files(context, "/etc/rancher/rke2/config.yaml", "systemctl restart rke2-server"),
    };

    public static Distribution Rancher { get; } = Rke2 with
    {
        Id = "rancher",
        Name = "RKE2 or k3s made by Rancher",
        Detection = [Fact.Unconfirmed("As RKE2 or k3s, with the namespace cattle-system.")],
        TwoIssuers = TwoIssuers.Unconfirmed,
        Setting = [Fact.Unconfirmed("spec.rkeConfig.machineGlobalConfig.kube-apiserver-arg of the Cluster in Rancher; files on the nodes are overwritten."), .. setting],
        HasFilePerServer = false,
        RollingOut = [Fact.Unconfirmed("Rancher restarts one server after the other.")],
        Breaks = [Fact.Reported("Rancher's cluster agent restarts in a loop when the issuer is replaced (rancher#41521).")],
        Sources = K3sSources + "; rancher#41521, #51195",
        Steps = InRancher,
    };

    public static Distribution Harvester { get; } = Rke2 with
    {
        Id = "harvester",
        Name = "Harvester",
        Detection = [Fact.Unconfirmed("As RKE2, with the namespace harvester-system.")],
        TwoIssuers = TwoIssuers.Unconfirmed,
        Setting = [Fact.Unconfirmed("A file in config.yaml.d, made persistent below /oem or by a CloudInit resource."), .. setting],
        Steps = context => Files(context, "/etc/rancher/rke2/config.yaml.d/99-issuer.yaml", "systemctl restart rke2-server",
            "The system partition is rebuilt at boot: write the file through /oem or a CloudInit resource too, or it is lost at the next reboot (unconfirmed)."),
    };

    private static IReadOnlyList<RollStep> Files(RollContext context, string file, string restart, string? note = null) =>
    [
        .. context.Targets.Select(target => new RollStep
        {
            Target = KubeadmSteps.Name(target),
            Node = target.Name,
            Place = file,
            Content = $"kube-apiserver-arg:\n{YamlText.List(ArgumentsOf(target, context), 2)}",
            Command = restart,
            Note = string.Join(' ', new[] { KeptNote(target), note }.OfType<string>()),
        }),
    ];

    private static string KeptNote(RollTarget target) => target.GivenArguments is null
        ? "The annotation with today's arguments of this server could not be read: keep every other entry of kube-apiserver-arg."
        : "The list is whole: today's other entries are in it. The other keys of the file stay as they are.";

    private static IReadOnlyList<RollStep> InRancher(RollContext context)
    {
        RollTarget? known = context.Targets.FirstOrDefault(target => target.GivenArguments is not null);
        return
        [
            new RollStep
            {
                Target = "Cluster (provisioning.cattle.io/v1) fleet-default/CLUSTER in Rancher's own cluster",
                Place = "spec.rkeConfig.machineGlobalConfig.kube-apiserver-arg",
                Content = $"spec:\n  rkeConfig:\n    machineGlobalConfig:\n      kube-apiserver-arg:\n{YamlText.List(ArgumentsOf(known, context), 8)}",
                Command = $"kubectl -n fleet-default patch clusters.provisioning.cattle.io CLUSTER --type merge --patch-file {context.Label}-rancher.yaml",
                Note = known is null
                    ? "Today's arguments could not be read: a merge patch replaces the list, so add its other entries first."
                    : $"The list holds today's other entries, read from node {known.Name}. Compare with the object in Rancher: arguments that Rancher adds by itself do not belong there.",
            },
        ];
    }

    private static IEnumerable<string> ArgumentsOf(RollTarget? target, RollContext context) =>
    [
        .. (target?.GivenArguments ?? []).Where(argument => !context.Writes(NameOf(argument))),
        .. context.Arguments,
    ];

    // name=value, and the forms name+=value and name-=value that append and prepend.
    private static string NameOf(string argument) => argument.IndexOf('=', StringComparison.Ordinal) is var equals and > 0
        ? argument[..equals].TrimEnd('+', '-').TrimStart('-')
        : argument;
}
