using IssuerGateway.Checking;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Trust;

/// <summary>Asks the engine of <c>issuer-gateway check</c> what Entra will find at an issuer, before anything is made to trust it.</summary>
internal static class IssuerTrust
{
    private const string ProfileName = "entra";

    public static async Task<IReadOnlyList<CheckFinding>> JudgeAsync(string issuer, ConnectionOverrides overrides, TimeProvider time, CancellationToken cancellation)
    {
        CheckRequest request = new()
        {
            Issuer = issuer,
            Profiles = [RelyingPartyProfile.Find(ProfileName)!],
            Overrides = overrides,
        };
        CheckReport report = await new IssuerCheck(request, upstream: null, exchange: null, time).RunAsync(cancellation);
        return [.. report.Steps.SelectMany(step => step.Findings).Select(AsEntraTakesIt)];
    }

    // The gateway publishes such a set all the same, because others accept its keys; no sign-in through Entra can work.
    private static CheckFinding AsEntraTakesIt(CheckFinding finding) =>
        finding.Rule == "no-rs256" ? finding with { Severity = Severity.Error } : finding;
}
