using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Tls.Issuance;

namespace IssuerGateway.Cli.RunningGateway;

/// <summary><c>issuer-gateway revoke HOST</c>: replaces the certificate of a host and revokes the old one (RFC 8555 §7.6).</summary>
internal static class RevokeCommand
{
    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Argument<string> host = new("HOST") { Description = "A host of the configured issuers." };
        Option<string> reason = new("--reason") { Description = $"Why: {string.Join(", ", AcmeCommands.Reasons.Keys)}.", DefaultValueFactory = _ => "keyCompromise", HelpName = "REASON" };
        reason.AcceptOnlyFromAmong([.. AcmeCommands.Reasons.Keys]);
        Command command = new("revoke",
            "Requests a new certificate for a host from the ACME CA, serves it, and revokes the one served before. Nothing is revoked while there is no new one.\n\n"
            + "Example: issuer-gateway revoke oidc.example.com --reason keyCompromise\n\n"
            + "Exit codes: 0 done; 2 wrong options or configuration; 3 no gateway responds, or it could not do it.") { host, reason };
        configuration.AddTo(command);
        command.SetAction((arguments, cancellationToken) => new RunningGatewayCommand(terminal, configuration).RunAsync(
            arguments, $"/revoke?host={Uri.EscapeDataString(arguments.GetRequiredValue(host))}&reason={Uri.EscapeDataString(arguments.GetRequiredValue(reason))}", cancellationToken));
        return command;
    }
}
