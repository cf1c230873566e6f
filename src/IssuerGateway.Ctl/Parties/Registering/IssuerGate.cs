using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.Registering;

/// <summary>What a party takes now and would reject at every exchange is rejected before anything is written: the issuer is checked as that party would.</summary>
internal sealed class IssuerGate(string profile, ProgramEnvironment environment)
{
    // A server in another network may reach an issuer that this machine cannot; it fetches the documents itself when it is configured.
    private static readonly string[] unreachable = ["dns-failed", "dns-no-response", "tcp-failed", "tcp-no-route", "override-failed"];

    /// <summary>Whether an issuer that cannot be reached from here is a warning: the party is no public service.</summary>
    public bool IsPartyElsewhere { get; init; }

    /// <summary>Prints warnings; the first error is the rejection.</summary>
    public async Task<(string Message, string Hint)?> ValidateAsync(IssuerIdentifier issuer, ConnectionOverrides overrides, CancellationToken cancellationToken)
    {
        IReadOnlyList<CheckFinding> findings = await IssuerTrust.ValidateAsync(issuer.Value, profile, overrides, environment.NetworkTime, cancellationToken);
        foreach (CheckFinding warning in findings.Where(IsWarning))
        {
            bool isUnchecked = IsPartyElsewhere && unreachable.Contains(warning.Id);
            environment.Terminal.Warn($"issuer: {warning.Found} ({warning.Id}){(isUnchecked ? ": it was not checked" : "")}", isUnchecked ? $"run issuerctl check {issuer.Value} --profile {profile} from the network of the server" : warning.Fix);
        }

        return findings.FirstOrDefault(finding => !IsWarning(finding)) is { } error ? ($"--issuer: {error.Found} (issuerctl check, {error.Id})", error.Fix) : null;
    }

    // An issuer that was not reached has not been checked, so that no public service is given it.
    private bool IsWarning(CheckFinding finding) => unreachable.Contains(finding.Id) ? IsPartyElsewhere : finding.Severity != Severity.Error;
}
