using System.CommandLine;

namespace IssuerGateway.Entra.Commands;

/// <summary>The command line: three verbs over the same options.</summary>
internal static class EntraProgram
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        ParseResult result = Root(surroundings).Parse(arguments);
        InvocationConfiguration invocation = new() { Output = surroundings.Output, Error = surroundings.Error, EnableDefaultExceptionHandler = false };
        try
        {
            int exitCode = await result.InvokeAsync(invocation);
            return result.Errors.Count > 0 ? ExitCode.Usage : exitCode;
        }
        catch (OperationCanceledException)
        {
            await surroundings.Error.WriteLineAsync("error: interrupted\nhint: run it again; it does only what is missing");
            return ExitCode.CouldNotRun;
        }
    }

    private static RootCommand Root(Surroundings surroundings) => new(
        "Makes the app registration of Entra ID that trusts a Kubernetes service account. Needs the role Application Developer and "
        + "Application.ReadWrite.All (user), or Application.ReadWrite.OwnedBy (app). Exit codes: 0 good, 1 refused or failed, 2 wrong options, 3 could not run.")
    {
        new PlanCommand(surroundings).Build(),
        new ApplyCommand(surroundings).Build(),
        new RemoveCommand(surroundings).Build(),
    };
}
