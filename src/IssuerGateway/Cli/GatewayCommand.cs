using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Tls.Serving.OpenSsl;

namespace IssuerGateway.Cli;

/// <summary>The command line: one verb a file, exit codes as <see cref="ExitCode"/> says.</summary>
internal static class GatewayCommand
{
    private const string Program = "issuer-gateway";

    /// <summary>The whole process: what must come before everything else, then the command line.</summary>
    public static Task<int> RunProcessAsync(string[] arguments)
    {
        StandardStreams.Reserve();

        // Before everything else, because OpenSSL reads its configuration once, at its first use.
        OpenSslConfiguration.Apply();
        return RunAsync(arguments, Terminal.OfProcess(Program, stream => new BoundedErrorWriter(stream)));
    }

    // The host ends itself on SIGTERM after its drain; a time-out of the library would cut that.
    public static Task<int> RunAsync(string[] arguments, Terminal terminal) => CommandLineRunner.RunAsync(Root(terminal), Program, arguments, terminal);

    internal static RootCommand Root(Terminal terminal) =>
        new("Publishes the OIDC discovery document and the JWK Set of private Kubernetes API servers, so that relying parties can verify the cluster's tokens.")
        {
            ServeCommand.Create(terminal),
            ExportCommand.Create(terminal),
            GatewayCheck.Create(terminal),
            KeysCommand.Create(terminal),
            RenewCommand.Create(terminal),
            RevokeCommand.Create(terminal),
            RolloverCommand.Create(terminal),
            HealthCheckCommand.Create(terminal),
        };
}
