using System.CommandLine;
using System.Net;
using IssuerGateway.Base;

namespace IssuerGateway.Cli.RunningGateway;

/// <summary><c>issuer-gateway healthcheck</c>: queries the operations listener, for containers without a shell.</summary>
internal static class HealthCheckCommand
{
    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Option<bool> live = new("--live") { Description = "Request /livez instead of /readyz." };
        Command command = new("healthcheck",
            "Checks whether the gateway of this configuration is ready. For containers without a shell.\n\n"
            + "Example: issuer-gateway healthcheck --live\n\n"
            + "Exit codes: 0 ready; 1 not ready; 2 wrong options or configuration; 3 no gateway responds.") { live };
        configuration.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            string path = arguments.GetValue(live) ? "/livez" : "/readyz";
            (HttpStatusCode? status, string body, int exitCode) = await new OperationsClient(terminal, configuration).QueryAsync(arguments, HttpMethod.Get, path, cancellationToken);
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
