using System.CommandLine;
using IssuerGateway.Cli.EntraRender;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Cli;

/// <summary>The command line: one verb a file, exit codes as <see cref="ExitCode"/> says.</summary>
internal static class GatewayCommand
{
    /// <summary>The whole process: what must come before everything else, then the command line.</summary>
    public static Task<int> RunProcessAsync(string[] arguments)
    {
        // First, because OpenSSL reads its configuration once, at its first use.
        OpenSslConfiguration.Apply();
        return RunAsync(arguments, Terminal.OfProcess);
    }

    public static async Task<int> RunAsync(string[] arguments, Terminal terminal)
    {
        RootCommand root = new("Publishes the OIDC discovery document and the JWK Set of a private Kubernetes API server, and nothing else.")
        {
            ServeCommand.Create(terminal),
            ExportCommand.Create(terminal),
            CheckCommand.Create(terminal),
            KeysCommand.Create(terminal),
            RenewCommand.Create(terminal),
            HealthCheckCommand.Create(terminal),
            EntraRenderCommand.Create(terminal),
        };
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            Command command = parsed.CommandResult.Command;
            string hint = $"{(command == root ? "issuer-gateway" : $"issuer-gateway {command.Name}")} --help lists what there is";

            // A word that is not understood explains itself; that something else is missing then only follows from it.
            IEnumerable<string> faults = parsed.UnmatchedTokens.Count > 0
                ? parsed.UnmatchedTokens.Select(token => $"unrecognized command or argument '{token}'")
                : parsed.Errors.Select(error => LowerFirst(error.Message.TrimEnd('.')));
            foreach (string fault in faults)
            {
                terminal.Fail(fault, hint);
            }

            return ExitCode.Usage;
        }

        // The host ends itself on SIGTERM after its drain; the library's own timer would cut that after 2 s.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }

    private static string LowerFirst(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
}
