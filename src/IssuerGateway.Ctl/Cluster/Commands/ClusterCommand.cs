using System.CommandLine;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary><c>issuerctl cluster</c>: what has to happen in the cluster before anybody can trust it.</summary>
internal static class ClusterCommand
{
    /// <param name="environment">Where results and errors go.</param>
    /// <param name="openKubeconfig">How a kubeconfig is read, by its file and context; the file is null for kubectl's own default.</param>
    public static Command Create(ProgramEnvironment environment, Func<string?, string?, IAccessSource> openKubeconfig) =>
        new("cluster", "Gives the cluster a public issuer: inspect it, plan the change for its distribution, verify each step.")
        {
            new InspectCommand(environment, openKubeconfig).Build(),
            new PlanCommand(environment, openKubeconfig).Build(),
            new VerifyCommand(environment, openKubeconfig).Build(),
        };
}
