using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>k3s and what is built like it: RKE2, Rancher-made clusters and Harvester.</summary>
internal static class RancherServers
{
    private static readonly Fact[] setting =
    [
        Fact.Documented("The list kube-apiserver-arg holds service-account-issuer twice and the order is kept. An explicit value takes the place of the default, so the old issuer has to be written too."),
        Fact.Documented("Shorter while the old issuer is the default: service-account-issuer+=NEW appends to it (roll 1), service-account-issuer-=NEW puts NEW before it (roll 2)."),
        Fact.Documented("Files in config.yaml.d are read after config.yaml, and a kube-apiserver-arg there takes the place of this list; options of the service unit are added to it. Write the list where it is today, and the issuers in one place only: an issuer given twice stops the server."),
    ];

    private static readonly Fact[] reaching = [Fact.Documented("Anonymous requests are off: the discovery documents need credentials.")];

    private static readonly Fact[] keyNotes = [Fact.Unconfirmed("kube-controller-manager-arg sets the key of the controller manager; whether the server accepts other key files than its own.")];

    private static readonly string[] rancherField = ["spec", "rkeConfig", "machineGlobalConfig", Arguments];

    private const string Arguments = "kube-apiserver-arg";
    private const string ControllerArguments = "kube-controller-manager-arg";
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
        KeyFolder = "/var/lib/rancher/k3s/server/tls",
        KeyNotes = keyNotes,
        Source = File("k3s"),
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
        KeyFolder = "/var/lib/rancher/rke2/server/tls",
        KeyNotes = keyNotes,
        Source = File("rke2"),
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
        Source = new SourceFormat
        {
            Name = "Cluster of Rancher (provisioning.cattle.io)",
            Fetch = "kubectl -n fleet-default get clusters.provisioning.cattle.io CLUSTER -o yaml > cluster.yaml    # in Rancher's own cluster",
            Read = content => RancherCluster(content) is { } cluster ? new FlagSet(ArgumentFields.ReadWords(YamlSource.At(cluster, rancherField))) : null,
        },
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

    private static SourceFormat File(string name) => new()
    {
        Name = $"config.yaml of a {name} server",
        Fetch = $"ssh SERVER grep -v token: /etc/rancher/{name}/config.yaml > SERVER.yaml",
        IsPerServer = true,
        Read = content => Configuration(content) is { } file ? new FlagSet(ArgumentFields.ReadWords(YamlSource.List(WordsOf(file, Arguments)))) : null,
    };

    private static IReadOnlyList<RollStep> Files(RollContext context, string file, string restart, string? note = null) =>
    [
        .. context.Targets.Select(target => new RollStep
        {
            Target = KubeadmSteps.Name(target),
            Node = target.Name,
            Place = file,
            Content = Content(TodayOf(target, context), context, [Arguments]),
            Command = restart,
            Note = string.Join(' ', new[] { KeptNote(TodayOf(target, context)), AppendedNote(target, context), note }.OfType<string>()),
        }),
    ];

    // The file says what it gives; the annotation shows the same, and what other files and options add.
    private static (IReadOnlyList<string> Server, YamlNode? Controller)? TodayOf(RollTarget target, RollContext context) =>
        context.SourceOf(target) is { } source && Configuration(source.Content) is { } file ? (WordsOf(file, Arguments), YamlSource.List(WordsOf(file, ControllerArguments)))
        : target.GivenArguments is { } given ? (given, null)
        : null;

    private static string KeptNote((IReadOnlyList<string>, YamlNode?)? today) => today is null
        ? $"The annotation with today's arguments of this server could not be read: keep every other entry of {Arguments}."
        : "The list is whole: today's other entries are in it. The other keys of the file stay as they are.";

    private static string? AppendedNote(RollTarget target, RollContext context) =>
        context.SourceOf(target) is { } source && Configuration(source.Content) is { } file && YamlSource.Find(file, Arguments + "+") is not null ? $"The entries of {Arguments}+ are in it too: remove that key." : null;

    // key+ appends to what files before this one give (k3s pkg/configfilearg).
    private static IReadOnlyList<string> WordsOf(YamlMappingNode file, string key) => [.. Words(YamlSource.Find(file, key)), .. Words(YamlSource.Find(file, key + "+"))];

    private static string Content((IReadOnlyList<string> Server, YamlNode? Controller)? today, RollContext context, string[] path) =>
        YamlText.Field(path, ArgumentFields.WordList(YamlSource.List(today?.Server ?? []), context, context.Flags, ""))
        + (context.ControllerKey is not { } key ? "" : YamlText.Indent(YamlText.Field([ControllerArguments], YamlSource.List(
            [.. Words(today?.Controller).Where(word => !word.StartsWith(KubeadmConfiguration.ControllerKey + "=", StringComparison.Ordinal)), $"{KubeadmConfiguration.ControllerKey}={key}"])), 2 * (path.Length - 1)));

    private static IReadOnlyList<RollStep> InRancher(RollContext context)
    {
        YamlMappingNode? cluster = context.SourceOf(null) is { } source ? RancherCluster(source.Content) : null;
        RollTarget? known = cluster is null ? context.Targets.FirstOrDefault(target => target.GivenArguments is not null) : null;
        (IReadOnlyList<string>, YamlNode?)? today = cluster is not null
            ? (Words(YamlSource.At(cluster, rancherField)), YamlSource.At(cluster, "spec", "rkeConfig", "machineGlobalConfig", ControllerArguments))
            : known is not null ? (known.GivenArguments!, null) : null;
        (string name, string space) = (YamlSource.TextAt(cluster, "metadata", "name") ?? "CLUSTER", YamlSource.TextAt(cluster, "metadata", "namespace") ?? "fleet-default");
        return
        [
            new RollStep
            {
                Target = $"Cluster (provisioning.cattle.io/v1) {space}/{name} in Rancher's own cluster",
                Place = string.Join('.', rancherField),
                Content = Content(today, context, rancherField),
                Command = $"kubectl -n {space} patch clusters.provisioning.cattle.io {name} --type merge --patch-file {context.Label}-rancher.yaml",
                Note = cluster is not null ? "The list is whole: today's other entries are in it."
                    : known is null ? "Today's arguments could not be read: a merge patch replaces the list, so add its other entries first."
                    : $"The list holds today's other entries, read from node {known.Name}. Compare with the object in Rancher: arguments that Rancher adds by itself do not belong there.",
            },
        ];
    }

    private static IReadOnlyList<string> Words(YamlNode? list) => list is YamlScalarNode { Value: { Length: > 0 } one } ? [one] : YamlSource.TextsAt(list);

    private static YamlMappingNode? RancherCluster(string content) => YamlSource.ParseAll(content).FirstOrDefault(document => YamlSource.At(document, "spec", "rkeConfig") is not null);

    // config.yaml has no kind; an object of a cluster is none. Without its token it may be empty.
    private static YamlMappingNode? Configuration(string content) => content.Split('\n').All(line => line.AsSpan().Trim() is [] or ['#', ..] or "---") ? new YamlMappingNode() : YamlSource.Parse(content)?.Root is { } root && YamlSource.Find(root, "kind") is null && YamlSource.Find(root, "apiVersion") is null ? root : null;
}
