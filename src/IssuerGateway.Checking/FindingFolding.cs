using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>One cause, one finding: what a later step finds of the same cause becomes what the parties say of the earlier finding.</summary>
/// <param name="parties">Those of the check, in whose order a finding names them.</param>
internal sealed class FindingFolding(IReadOnlyList<RelyingParty> parties)
{
    private readonly string[] order = [.. parties.Select(party => party.Id)];
    private readonly List<(CheckFinding Cause, IReadOnlyList<PartyRule> Responses, string? Fix)> folded = [];

    /// <param name="responses">What the parties say of the consequence.</param>
    /// <param name="fix">The fix, where the later step knows a better one; null for that of the finding.</param>
    public void Add(CheckFinding cause, IReadOnlyList<PartyRule> responses, string? fix = null) => folded.Add((cause, responses, fix));

    public IEnumerable<StepReport> Into(IEnumerable<StepReport> steps) => steps.Select(Into);

    // A warning to those that a token is for may be an error to the others.
    private StepReport Into(StepReport step)
    {
        CheckFinding[] findings = [.. step.Findings.Select(Into)];
        return step with { Findings = findings, Outcome = step.Outcome == StepOutcome.Warned && findings.Any(finding => finding.Severity == Severity.Error) ? StepOutcome.Failed : step.Outcome };
    }

    private CheckFinding Into(CheckFinding finding)
    {
        CheckFinding whole = finding;
        foreach ((_, IReadOnlyList<PartyRule> responses, string? fix) in folded.Where(each => ReferenceEquals(each.Cause, finding)))
        {
            PartyRule[] all = [.. whole.Responses.Concat(responses).GroupBy(entry => entry.Party).Select(Gravest).OrderBy(entry => Array.IndexOf(order, entry.Party))];
            whole = whole with { Responses = all, Severity = all.Max(entry => entry.Severity!.Value), Fix = fix ?? whole.Fix };
        }

        return whole;
    }

    // A rejection that is certain says more than one that is assumed.
    private static PartyRule Gravest(IEnumerable<PartyRule> entries) => entries.OrderByDescending(entry => entry.Severity).ThenBy(entry => entry.Evidence == Evidence.Unconfirmed).First();
}
