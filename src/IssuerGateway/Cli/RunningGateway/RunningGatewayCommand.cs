using System.CommandLine;
using System.Net;
using IssuerGateway.Base;

namespace IssuerGateway.Cli.RunningGateway;

/// <summary>Has the running gateway do something about its certificates, and prints what became of it.</summary>
internal sealed class RunningGatewayCommand(Terminal terminal, ConfigurationOptions configuration)
{
    // An order waits for the CA for five minutes at most; a revocation follows an order.
    private static readonly TimeSpan timeout = TimeSpan.FromMinutes(6);

    public async Task<int> RunAsync(ParseResult arguments, string path, CancellationToken cancellationToken)
    {
        OperationsClient client = new(terminal, configuration) { Timeout = timeout };
        (HttpStatusCode? status, string body, int exitCode) = await client.QueryAsync(arguments, HttpMethod.Post, path, cancellationToken);
        switch (status)
        {
            case null:
                return exitCode;
            case HttpStatusCode.NotFound:
                terminal.Fail("the running gateway orders no certificates", "set Tls:Mode to Acme in its configuration");
                return ExitCode.CouldNotRun;
            case HttpStatusCode.Forbidden:
                terminal.Fail("the gateway takes commands from its own machine only", "run it there: on the edge host, or with kubectl exec in the pod");
                return ExitCode.CouldNotRun;
        }

        if (client.Read(body, StatusJson.Default.CommandOutcome) is not { } outcome)
        {
            return ExitCode.CouldNotRun;
        }

        if (outcome.IsDone)
        {
            terminal.Print(outcome.Hint is null ? outcome.Message : $"{outcome.Message}; {outcome.Hint}");
            return ExitCode.Good;
        }

        terminal.Fail(outcome.Message, outcome.Hint ?? "see the log of the gateway");
        return ExitCode.Findings;
    }
}

/// <summary>The response to a command.</summary>
internal sealed record CommandOutcome(bool IsDone, string Message, string? Hint);
