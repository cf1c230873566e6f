using System.CommandLine;

namespace IssuerGateway.Cli;

/// <summary>The command line: one verb a file, exit codes as <see cref="ExitCode"/> says.</summary>
internal static class GatewayCommand
{
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal)
    {
        RootCommand root = new("Publishes the OIDC discovery document and the JWK Set of a private Kubernetes API server, and nothing else.")
        {
            ServeCommand.Create(terminal),
            ExportCommand.Create(terminal),
            CheckCommand.Create(terminal),
            KeysCommand.Create(terminal),
            HealthCheckCommand.Create(terminal),
        };
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                terminal.Fail(LowerFirst(error.Message.TrimEnd('.')), $"issuer-gateway {parsed.CommandResult.Command.Name} --help lists the options");
            }

            return ExitCode.Usage;
        }

        // The host ends itself on SIGTERM after its drain; the library's own timer would cut that after 2 s.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }

    private static string LowerFirst(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
}
