using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>One cause, one finding: what a later step finds of the same cause becomes what the parties say of the earlier finding.</summary>
internal sealed class FindingFolding
{
    private readonly List<(CheckFinding Cause, IReadOnlyList<PartyRule> Responses, string? Fix)> folded = [];

    /// <param name="responses">What the parties say of the consequence.</param>
    /// <param name="fix">The fix, where the later step knows a better one; null for that of the finding.</param>
    public void Add(CheckFinding cause, IReadOnlyList<PartyRule> responses, string? fix = null) => folded.Add((cause, responses, fix));

    public IEnumerable<StepReport> Into(IEnumerable<StepReport> steps) => steps.Select(step => step with { Findings = [.. step.Findings.Select(Into)] });

    private CheckFinding Into(CheckFinding finding)
    {
        CheckFinding whole = finding;
        foreach ((_, IReadOnlyList<PartyRule> responses, string? fix) in folded.Where(each => ReferenceEquals(each.Cause, finding)))
        {
            PartyRule[] all = [.. whole.Responses.Concat(responses).GroupBy(entry => entry.Party).Select(Gravest).OrderBy(entry => RelyingParty.Ids.ToList().IndexOf(entry.Party))];
            whole = whole with { Responses = all, Severity = all.Max(entry => entry.Severity!.Value), Fix = fix ?? whole.Fix };
        }

        return whole;
    }

    // A rejection that is certain says more than one that is assumed.
    private static PartyRule Gravest(IEnumerable<PartyRule> entries) => entries.OrderByDescending(entry => entry.Severity).ThenBy(entry => entry.Evidence == Evidence.Unconfirmed).First();
}
