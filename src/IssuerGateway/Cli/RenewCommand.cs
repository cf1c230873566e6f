using System.CommandLine;
using System.Net;
using IssuerGateway.Base;

namespace IssuerGateway.Cli;

/// <summary><c>issuer-gateway renew HOST</c>: orders a certificate now, the only way to force one.</summary>
internal static class RenewCommand
{
    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Argument<string> host = new("HOST") { Description = "a host of the configured issuers" };
        Command command = new("renew", "Order a new certificate for a host from the ACME CA now; counts against the CA's rate limits.") { host };
        configuration.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            string path = $"/renew?host={Uri.EscapeDataString(arguments.GetRequiredValue(host))}";
            OperationsClient question = new(terminal, configuration) { Patience = TimeSpan.FromMinutes(5) };
            (HttpStatusCode? status, string body, int exitCode) = await question.AskAsync(arguments, HttpMethod.Post, path, cancellationToken);
            if (status is null)
            {
                return exitCode;
            }

            if (status == HttpStatusCode.NotFound)
            {
                terminal.Fail("the running gateway orders no certificates", "set Tls:Mode to Acme in its configuration");
                return ExitCode.CouldNotRun;
            }

            if (status == HttpStatusCode.Forbidden)
            {
                terminal.Fail("the gateway takes commands from its own machine only", "run it there: on the edge host, or with kubectl exec in the pod");
                return ExitCode.CouldNotRun;
            }

            if (question.Read(body, StatusJson.Default.CommandOutcome) is not { } outcome)
            {
                return ExitCode.CouldNotRun;
            }

            if (outcome.IsDone)
            {
                terminal.Print(outcome.Message);
                return ExitCode.Good;
            }

            terminal.Fail(outcome.Message, outcome.Hint ?? "see the log of the gateway");
            return ExitCode.Findings;
        });
        return command;
    }
}

/// <summary>What <c>POST /renew</c> of the operations listener answers.</summary>
internal sealed record CommandOutcome(bool IsDone, string Message, string? Hint);
