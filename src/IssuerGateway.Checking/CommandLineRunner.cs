using System.CommandLine;
using System.CommandLine.Help;
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
        // A value such as @name is itself, not the name of a file with more options.
        ParseResult parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach ((string message, string hint) in CommandLineFaults.Of(parsed, program))
            {
                terminal.Fail(message, hint);
            }

            return ExitCode.Usage;
        }

        if (parsed.Action is HelpAction)
        {
            CommandDetails.ShowFor(parsed.CommandResult.Command);
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
            Fail(terminal, e);
            return ExitCode.CouldNotRun;
        }
        catch (Exception e)
        {
            // A bug, or a failure that nobody foresaw: one sentence and an exit code of ours, not a core dump.
            terminal.Fail($"unexpected {e.GetType().Name}: {PrintableText.Of(e.Message)}", $"please report this: {PrintableText.Of(e.StackTrace?.Split('\n').FirstOrDefault()?.Trim())}");
            return ExitCode.CouldNotRun;
        }
    }

    public static void Fail(Terminal terminal, StandardOutputException failure) =>
        terminal.Fail($"standard output cannot be written: {PrintableText.Of(failure.Message)}", "send the output to a terminal, a pipe, or a file on a disk with free space");
}
