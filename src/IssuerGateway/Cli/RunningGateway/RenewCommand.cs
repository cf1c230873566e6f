using System.CommandLine;
using IssuerGateway.Base;

namespace IssuerGateway.Cli.RunningGateway;

/// <summary><c>issuer-gateway renew HOST</c>: orders a certificate now, the only way to force one.</summary>
internal static class RenewCommand
{
    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Argument<string> host = new("HOST") { Description = "A host of the configured issuers." };
        Command command = new("renew",
            "Requests a new certificate for a host from the ACME CA now, at most once an hour. It counts against the CA's rate limits. Run it on the gateway's machine or in its pod.\n\n"
            + "Example: kubectl exec deployment/gateway-issuer-gateway -- issuer-gateway renew oidc.example.com\n\n"
            + "Exit codes: 0 done; 2 wrong options or configuration; 3 no gateway responds, or it could not do it.") { host };
        configuration.AddTo(command);
        command.SetAction((arguments, cancellationToken) => new RunningGatewayCommand(terminal, configuration)
            .RunAsync(arguments, $"/renew?host={Uri.EscapeDataString(arguments.GetRequiredValue(host))}", cancellationToken));
        return command;
    }
}
