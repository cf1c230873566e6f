using System.CommandLine;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary><c>issuerctl cluster</c>: what has to happen in the cluster before anybody can trust it.</summary>
internal static class ClusterCommand
{
    /// <param name="environment">Where results and errors go.</param>
    public static Command Create(ProgramEnvironment environment) =>
        new("cluster", "Gives the cluster a public issuer: inspect it, plan the change for its distribution, verify each step.")
        {
            new InspectCommand(environment).Build(),
            new PlanCommand(environment).Build(),
            new VerifyCommand(environment).Build(),
        };
}
