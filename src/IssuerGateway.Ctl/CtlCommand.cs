using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Ctl.Cluster.Commands;
using IssuerGateway.Ctl.Parties;
using IssuerGateway.Ctl.Parties.Aws;
using IssuerGateway.Ctl.Parties.EntraApp;
using IssuerGateway.Ctl.Parties.EntraIdentity;
using IssuerGateway.Ctl.Parties.Google;
using IssuerGateway.Ctl.Parties.Kubernetes;
using IssuerGateway.Ctl.Parties.OpenBao;
using IssuerGateway.Ctl.Parties.Vault;

namespace IssuerGateway.Ctl;

/// <summary>The command line of issuerctl: <c>check</c>, <c>cluster</c> and <c>trust</c>; exit codes as <see cref="ExitCode"/> says.</summary>
internal static class CtlCommand
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, ProgramEnvironment environment)
    {
        try
        {
            return await CommandLineRunner.RunAsync(Root(environment), "issuerctl", arguments, environment.Terminal, TimeSpan.FromSeconds(2));
        }
        catch (OperationCanceledException)
        {
            environment.Terminal.Fail("interrupted", "run it again; it does only what is missing");
            return ExitCode.CouldNotRun;
        }
    }

    internal static RootCommand Root(ProgramEnvironment environment) => new(
        "Gets a private Kubernetes cluster trusted: checks its issuer as a relying party would, plans the change of the issuer, "
        + "and registers the trust. Exit codes: 0 good, 1 findings or rejected, 2 wrong options, 3 could not run.")
    {
        CheckCommand.Create(environment.Terminal, (file, context, timeout) => ClusterAccess.Open(environment, file, context, timeout: timeout)),
        ClusterCommand.Create(environment),
        TrustCommand.Create(
        [
            EntraAppParty.Create(environment), EntraIdentityParty.Create(environment), AwsParty.Create(environment), GoogleParty.Create(environment),
            VaultParty.Create(environment, VaultProduct.Vault), OpenBaoParty.Create(environment), KubernetesParty.Create(environment),
        ]),
    };
}
