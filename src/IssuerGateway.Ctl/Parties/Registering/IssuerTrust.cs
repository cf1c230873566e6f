using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.Registering;

/// <summary>Runs the engine of <c>issuer-gateway check</c> what a relying party will find at an issuer, before anything is made to trust it.</summary>
internal static class IssuerTrust
{
    private const string Entra = "entra";

    public static Task<IReadOnlyList<CheckFinding>> ValidateAsync(string issuer, ConnectionOverrides overrides, TimeProvider time, CancellationToken cancellation) => ValidateAsync(issuer, Entra, overrides, time, cancellation);

    /// <param name="issuer">The issuer.</param>
    /// <param name="profile">The relying party, as <c>check --profile</c> names it.</param>
    /// <param name="overrides">How the issuer is reached.</param>
    /// <param name="time">For certificates.</param>
    /// <param name="cancellation">Ends the check.</param>
    public static async Task<IReadOnlyList<CheckFinding>> ValidateAsync(string issuer, string profile, ConnectionOverrides overrides, TimeProvider time, CancellationToken cancellation)
    {
        // Registration has rejected every other issuer.
        _ = IssuerIdentifier.TryParse(issuer, out IssuerIdentifier identifier, out _);
        CheckRequest request = new()
        {
            Issuer = identifier,
            Parties = [RelyingParty.Find(profile)!],
            AllowsPrivateIssuer = profile != Entra,
            Overrides = overrides,
        };
        CheckReport report = await new IssuerCheck(request, upstream: null, exchange: null, time).RunAsync(cancellation);
        return [.. report.Findings];
    }
}
