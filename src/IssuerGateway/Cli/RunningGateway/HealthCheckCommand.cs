using System.CommandLine;
using System.Net;
using IssuerGateway.Base;

namespace IssuerGateway.Cli.RunningGateway;

/// <summary><c>issuer-gateway healthcheck</c>: asks the operations listener, for containers without a shell.</summary>
internal static class HealthCheckCommand
{
    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Option<bool> live = new("--live") { Description = "ask /livez instead of /readyz" };
        Command command = new("healthcheck", "Exit with 0 when the gateway of this configuration is ready, with 1 when it is not.") { live };
        configuration.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            string path = arguments.GetValue(live) ? "/livez" : "/readyz";
            (HttpStatusCode? status, string body, int exitCode) = await new OperationsClient(terminal, configuration).AskAsync(arguments, HttpMethod.Get, path, cancellationToken);
            if (status is null)
            {
                // Whoever restarts containers by this knows only healthy and unhealthy.
                return exitCode == ExitCode.CouldNotRun ? ExitCode.Findings : exitCode;
            }

            terminal.PrintText(body.TrimEnd());
            return status == HttpStatusCode.OK ? ExitCode.Good : ExitCode.Findings;
        });
        return command;
    }
}
