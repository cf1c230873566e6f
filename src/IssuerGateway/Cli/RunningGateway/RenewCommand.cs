using System.CommandLine;
using IssuerGateway.Base;

namespace IssuerGateway.Cli.RunningGateway;

/// <summary><c>issuer-gateway renew HOST</c>: orders a certificate now, the only way to force one.</summary>
internal static class RenewCommand
{
    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Argument<string> host = new("HOST") { Description = "a host of the configured issuers" };
        Command command = new("renew", "Order a new certificate for a host from the ACME CA now; counts against the CA's rate limits.") { host };
        configuration.AddTo(command);
        command.SetAction((arguments, cancellationToken) => new RunningGatewayCommand(terminal, configuration)
            .RunAsync(arguments, $"/renew?host={Uri.EscapeDataString(arguments.GetRequiredValue(host))}", cancellationToken));
        return command;
    }
}
