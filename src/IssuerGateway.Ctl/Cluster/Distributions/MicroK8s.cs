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
        Steps = Steps,
    };

    private static IReadOnlyList<RollStep> Steps(RollContext context)
    {
        string[] written = [.. new[] { FlagSet.Issuer, FlagSet.KeySetUri, FlagSet.Audience }.Where(context.Writes)];
        string lines = string.Concat(context.Arguments.Select(argument => $"--{argument}\n"));
        return
        [
            .. context.Targets.Select(target => new RollStep
            {
                Target = KubeadmSteps.Name(target),
                Node = target.Name,
                Place = File,
                Language = "text",
                Content = lines,
                Command = $"sed -i -E '/^--({string.Join('|', written)})=/d' {File}\ncat {context.Label}.txt >> {File}\nsnap restart microk8s.daemon-kubelite",
                Note = $"Save the lines as {context.Label}.txt on the node. The command removes today's lines of these flags and appends the new ones; every other line stays.",
            }),
        ];
    }
}
