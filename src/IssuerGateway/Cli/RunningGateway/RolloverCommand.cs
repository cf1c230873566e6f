using System.CommandLine;
using IssuerGateway.Base;

namespace IssuerGateway.Cli.RunningGateway;

/// <summary><c>issuer-gateway rollover</c>: gives the ACME account a new key (RFC 8555 §7.3.5).</summary>
internal static class RolloverCommand
{
    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Command command = new("rollover",
            "Replaces the key of the account at the ACME CA by a new one, for example when the store may have been read by others. Certificates stay valid.\n\n"
            + "Example: issuer-gateway rollover\n\n"
            + "Exit codes: 0 done; 2 wrong options or configuration; 3 no gateway responds, or it could not do it.");
        configuration.AddTo(command);
        command.SetAction((arguments, cancellationToken) => new RunningGatewayCommand(terminal, configuration).RunAsync(arguments, "/rollover", cancellationToken));
        return command;
    }
}
