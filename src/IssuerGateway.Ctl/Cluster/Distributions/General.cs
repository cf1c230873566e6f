using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>The plan for everything that is not recognized: the flags themselves.</summary>
internal static class General
{
    public static Distribution Distribution { get; } = new()
    {
        Id = "general",
        Name = "any other distribution",
        Detection = [Fact.Source("None of the signs of the other distributions.")],
        TwoIssuers = TwoIssuers.Unconfirmed,
        Setting =
        [
            Fact.Run("Give every API server one --service-account-issuer for each issuer, in order."),
            Fact.Unconfirmed("Whether this distribution keeps a flag that is given twice. Look at the running process before the next roll."),
        ],
        Defaults = [Fact.Unconfirmed("Decode a token without audience: iss is the first issuer, aud the audiences.")],
        HasFilePerServer = true,
        SigningKey = [Fact.Unconfirmed("Decode a token: alg RS256 is an RSA key.")],
        CanAddKeys = null,
        RollingOut = [Fact.Source("Restart one API server after the other, and verify each before the next.")],
        Sources = KubernetesFacts.Sources,
        Steps = context =>
        [
            .. context.Targets.Select(target => new RollStep
            {
                Target = KubeadmSteps.Name(target),
                Node = target.Name,
                Place = "the flags of kube-apiserver, wherever this distribution keeps them",
                Language = "text",
                Content = string.Concat(context.Arguments.Select(argument => $"--{argument}\n")),
                Note = "Keep every other flag."
                    + (context.ControllerKey is { } key ? $" kube-controller-manager of the same node gets --{KubeadmConfiguration.ControllerKey}={key}." : ""),
            }),
        ],
    };
}
