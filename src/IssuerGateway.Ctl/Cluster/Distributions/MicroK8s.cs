using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>MicroK8s: one argument a line in a file of each control-plane node.</summary>
internal static class MicroK8s
{
    public const string File = "/var/snap/microk8s/current/args/kube-apiserver";

    public static Distribution Distribution { get; } = new()
    {
        Id = "microk8s",
        Name = "MicroK8s",
        Detection = [Fact.Reported("Node label microk8s.io/cluster=true. Today's flags are in /flagz only.")],
        TwoIssuers = TwoIssuers.Held,
        Setting = [Fact.Documented($"{File}: one line an issuer, in order, on each control-plane node.")],
        Defaults = [Fact.Documented("Issuer https://kubernetes.default.svc; --api-audiences unset, so all issuers.")],
        HasFilePerServer = true,
        SigningKey = [Fact.Unconfirmed("RSA.")],
        CanAddKeys = null,
        RollingOut = [Fact.Unconfirmed("snap restart microk8s.daemon-kubelite on one node after the other. Kubelet and kube-proxy of that node restart with it.")],
        Reaching = [Fact.Documented("The servers listen on port 16443.")],
        Sources = "canonical/microk8s@0071dd1",
        KeyFolder = "/var/snap/microk8s/current/certs",
        KeyNotes = [Fact.Unconfirmed("The key of the controller manager is set in /var/snap/microk8s/current/args/kube-controller-manager.")],
        Source = new SourceFormat
        {
            Name = "arguments file of kube-apiserver",
            Fetch = $"ssh NODE cat {File} > NODE.txt",
            IsPerServer = true,
            Read = content => Lines(content) is { } lines ? FlagSet.Parse(lines.SelectMany(FlagSet.Split)) : null,
        },
        Steps = Steps,
    };

    private static IReadOnlyList<RollStep> Steps(RollContext context) =>
    [
        .. context.Targets.Select(target => context.SourceOf(target) is { } source && Lines(source.Content) is { } lines ? Whole(target, lines, context) : Appended(target, context)),
    ];

    private static RollStep Whole(RollTarget target, IReadOnlyList<string> today, RollContext context) => new()
    {
        Target = KubeadmSteps.Name(target),
        Node = target.Name,
        Place = File,
        Language = "text",
        Content = string.Concat(today.SelectMany(line => Kept(line, context)).Concat(context.Arguments.Select(argument => $"--{argument}")).Select(line => line + "\n")),
        Command = $"cp {context.Label}.txt {File}\n{Controller(context)}snap restart microk8s.daemon-kubelite",
        Note = $"Save the content as {context.Label}.txt on the node: it is the whole file, with today's other lines.",
    };

    // A line may hold several arguments: those that stay are written one a line.
    private static IEnumerable<string> Kept(string line, RollContext context)
    {
        IReadOnlyList<Flag> flags = FlagSet.Parse(FlagSet.Split(line)).Flags;
        return !flags.Any(flag => context.Writes(flag.Name)) ? [line]
            : flags.Where(flag => !context.Writes(flag.Name)).Select(flag => $"--{flag.Name}={(flag.Value.Any(char.IsWhiteSpace) ? $"\"{flag.Value}\"" : flag.Value)}");
    }

    private static RollStep Appended(RollTarget target, RollContext context)
    {
        string[] written = [.. new[] { FlagSet.Issuer, FlagSet.KeySetUri, FlagSet.Audience, FlagSet.KeyFile, FlagSet.SigningKeyFile }.Where(context.Writes).Select(name => name.Replace("-", "[-_]", StringComparison.Ordinal))];
        return new RollStep
        {
            Target = KubeadmSteps.Name(target),
            Node = target.Name,
            Place = File,
            Language = "text",
            Content = string.Concat(context.Arguments.Select(argument => $"--{argument}\n")),
            Command = $"sed -i -E '/^ *--({string.Join('|', written)})[= ]/d' {File}\ncat {context.Label}.txt >> {File}\n{Controller(context)}snap restart microk8s.daemon-kubelite",
            Note = $"Save the lines as {context.Label}.txt on the node. The command removes today's lines of these flags and appends the new ones; every other line stays.",
        };
    }

    private static string Controller(RollContext context)
    {
        const string file = "/var/snap/microk8s/current/args/kube-controller-manager";
        return context.ControllerKey is not { } key ? "" : $"sed -i -E '/^ *--{KubeadmConfiguration.ControllerKey}[= ]/d' {file}\necho '--{KubeadmConfiguration.ControllerKey}={key}' >> {file}\n";
    }

    // One argument a line; a document of another kind has other lines.
    private static string[]? Lines(string content)
    {
        string[] lines = [.. content.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')];
        return lines.Any(line => line.TrimStart().StartsWith("--", StringComparison.Ordinal)) && lines.All(line => line.Trim() is "" or ['#', ..] or ['-', '-', ..]) ? lines : null;
    }
}
