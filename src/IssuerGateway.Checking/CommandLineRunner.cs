using System.CommandLine;
using IssuerGateway.Base;

namespace IssuerGateway.Checking;

/// <summary>Runs the command line of either program: what is wrong with it is one sentence each and exit code 2.</summary>
public static class CommandLineRunner
{
    /// <param name="program">What the user types to start this program.</param>
    /// <param name="terminal">Where the faults of the command line go.</param>
    /// <param name="processTerminationTimeout">After SIGTERM, until the process ends without the command; absent for a host that ends itself.</param>
    public static async Task<int> RunAsync(RootCommand root, string program, IReadOnlyList<string> arguments, Terminal terminal, TimeSpan? processTerminationTimeout = null)
    {
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            string hint = $"{string.Join(' ', [program, .. Path(parsed.CommandResult)])} --help lists what there is";

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

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = terminal.Output,
                Error = terminal.Error,
                ProcessTerminationTimeout = processTerminationTimeout,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (StandardOutputException e)
        {
            terminal.Fail($"standard output cannot be written: {PrintableText.Of(e.Message)}", "send the output to a terminal, a pipe, or a file on a disk with free space");
            return ExitCode.CouldNotRun;
        }
        catch (Exception e)
        {
            // A bug, or a failure that nobody foresaw: one sentence and an exit code of ours, not a core dump.
            terminal.Fail($"unexpected {e.GetType().Name}: {PrintableText.Of(e.Message)}", $"please report this: {PrintableText.Of(e.StackTrace?.Split('\n').FirstOrDefault()?.Trim())}");
            return ExitCode.CouldNotRun;
        }
    }

    private static IEnumerable<string> Path(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult parent ? [.. Path(parent), result.Command.Name] : [];

    private static string LowerFirst(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
}
