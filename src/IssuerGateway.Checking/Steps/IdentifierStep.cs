using System.Net;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps;

/// <summary>The issuer as a string: what parties cannot store, reach or spell.</summary>
internal sealed class IdentifierStep(CheckRequest request, TimeProvider time)
{
    /// <summary>Whether the host is a name that no public DNS has. An address, or the loopback's name, is checked where it resolves.</summary>
    public static bool IsPrivateName(IssuerIdentifier issuer) =>
        issuer.IsPrivateHost && !IPAddress.TryParse(issuer.Host.Trim('[', ']'), out _)
        && !issuer.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && !issuer.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    public StepReport Run()
    {
        StepBuilder step = new("url", request.Parties, time);
        IssuerIdentifier issuer = request.Issuer;
        string shown = ShownText.Of(issuer.Value);
        if (IsPrivateName(issuer) && !request.AllowsPrivateIssuer)
        {
            step.Report("issuer-host-private", $"\"{PrintableText.Of(issuer.Host)}\" exists only inside a cluster or a private network");
        }

        step.Report("issuer-long", $"{issuer.Value.Length} characters", only: request.Parties.Where(party => issuer.Value.Length > party.MaxIssuerCharacters));
        if (issuer.Port is 443)
        {
            step.Report("issuer-port-default", $"\"{shown}\"");
        }
        else if (issuer.Port is { } port)
        {
            step.Report("issuer-port", $"port {port} is part of \"{shown}\"");
        }

        if (issuer.HasTrailingSlash)
        {
            step.Report("issuer-trailing-slash", $"\"{shown}\"", $"register exactly {ShellText.Quote(IssuerDifference.WithoutDefaultPort(issuer.Value))} at the relying party, with the slash");
        }

        return step.Done(shown);
    }
}
