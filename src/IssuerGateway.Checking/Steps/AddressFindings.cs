using System.Net;
using IssuerGateway.Checking.Rules;

namespace IssuerGateway.Checking.Steps;

/// <summary>
/// What the addresses of one name have come to, as one step. The same cause on every address is one finding; what only some
/// of them have is a reason to warn a party that another one serves.
/// </summary>
internal static class AddressFindings
{
    /// <param name="tried">What each address has come to, in the order of the targets.</param>
    public static void Report(StepBuilder step, IReadOnlyList<IPEndPoint> targets, StepReport[] tried)
    {
        IReadOnlyList<RelyingParty> all = step.Parties;
        foreach (IGrouping<string, RelyingParty> same in all.GroupBy(party => string.Concat(tried.Select(report => IsUsable(report, party) ? '1' : '0')), StringComparer.Ordinal))
        {
            step.LimitTo([.. same]);
            Report(step, targets, tried, same.First(), isPartial: same.Key.Contains('1'));
        }

        step.LimitTo(all);
    }

    /// <summary>Whether the party can use the address, as far as the time was enough to see it.</summary>
    public static bool IsUsable(StepReport report, RelyingParty party) => report.IsAcceptedBy(party) && report.Findings.All(finding => finding.Id != "check-timeout");

    // The parties of the step can use the same addresses as this one.
    private static void Report(StepBuilder step, IReadOnlyList<IPEndPoint> targets, StepReport[] tried, RelyingParty party, bool isPartial)
    {
        foreach (CheckFinding finding in tried.Where(report => !isPartial || IsUsable(report, party)).SelectMany(report => report.Findings).DistinctBy(finding => finding.Id))
        {
            // With what the circumstances of the address have made of each entry of the table.
            step.Report(finding.Id, finding.Found, finding.Fix, step.Parties.Where(each => finding.Responses.Any(entry => entry.Party == each.Id)), adapt: entry => finding.Responses.First(own => own.Party == entry.Party));
        }

        for (int i = 0; i < tried.Length && isPartial; i++)
        {
            if (!IsUsable(tried[i], party) && tried[i].Findings is [{ } first, ..])
            {
                step.Report("tls-partial", $"address {i + 1} of {tried.Length}, {targets[i]}: {first.Found} [{first.Id}]", $"repair {targets[i].Address} or remove it from DNS: {first.Fix}");
            }
        }
    }
}
