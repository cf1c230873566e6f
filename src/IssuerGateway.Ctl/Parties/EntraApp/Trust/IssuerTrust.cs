using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Trust;

/// <summary>Runs the engine of <c>issuer-gateway check</c> to learn what Entra will find at an issuer, before anything is made to trust it.</summary>
internal static class IssuerTrust
{
    private const string ProfileName = "entra";

    public static async Task<IReadOnlyList<CheckFinding>> ValidateAsync(string issuer, ConnectionOverrides overrides, TimeProvider time, CancellationToken cancellation)
    {
        // Registration has rejected every other issuer.
        _ = IssuerIdentifier.TryParse(issuer, out IssuerIdentifier identifier, out _);
        CheckRequest request = new()
        {
            Issuer = identifier,
            Parties = [RelyingParty.Find(ProfileName)!],
            Overrides = overrides,
        };
        CheckReport report = await new IssuerCheck(request, upstream: null, exchange: null, time).RunAsync(cancellation);
        return [.. report.Findings];
    }
}
