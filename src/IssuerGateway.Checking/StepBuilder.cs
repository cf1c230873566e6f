using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>Collects what one step finds and measures how long it takes. The table decides how grave it is for whom.</summary>
internal sealed class StepBuilder(string step, IReadOnlyList<RelyingParty> parties, TimeProvider time)
{
    private readonly long started = time.GetTimestamp();
    private readonly List<CheckFinding> findings = [];
    private readonly string[] order = [.. parties.Select(party => party.Id)];

    public IReadOnlyList<RelyingParty> Parties => parties;

    /// <summary>The parties that continue: the others have stopped at something that was reported, and see nothing of what follows.</summary>
    public void LimitTo(IReadOnlyList<RelyingParty> remaining) => parties = remaining;

    /// <summary>Takes back what only follows from something graver that was found later.</summary>
    public void Withdraw(params string[] rules) => findings.RemoveAll(finding => rules.Contains(finding.Id));

    public bool HasErrors => findings.Any(finding => finding.Severity == Severity.Error);

    /// <summary>Reports a broken rule to those of the parties that the table says it matters to.</summary>
    /// <param name="fix">The fix with real values; null for that of the table.</param>
    /// <param name="only">The parties that it concerns; null for all that were chosen.</param>
    /// <param name="atMost">The gravest severity, where circumstances make it less grave than the table says.</param>
    /// <param name="adapt">What circumstances make of the entry of a party; null for what the table says.</param>
    public void Report(string rule, string found, string? fix = null, IEnumerable<RelyingParty>? only = null, Severity atMost = Severity.Error, Func<PartyRule, PartyRule>? adapt = null)
    {
        Rule broken = RuleTable.Find(rule);
        PartyRule[] responses =
        [
            .. (only ?? parties).Select(party => Rules.Responses.In(step, broken.For(party.Id))).Select(entry => adapt?.Invoke(entry) ?? entry).Where(entry => entry.Severity is not null)
                .Select(entry => entry.Severity > atMost ? entry with { Severity = atMost } : entry),
        ];
        if (responses.Length == 0)
        {
            return;
        }

        CheckFinding finding = new()
        {
            Rule = broken,
            Severity = responses.Max(entry => entry.Severity!.Value),
            Found = found,
            Fix = fix ?? broken.Fix,
            Responses = responses,
        };
        int same = findings.FindIndex(earlier => earlier.Id == finding.Id && earlier.Found == finding.Found && earlier.Fix == finding.Fix);
        if (same < 0)
        {
            findings.Add(finding);
            return;
        }

        // Parties that read a document differently may still find the same in it.
        findings[same] = finding with
        {
            Severity = finding.Severity > findings[same].Severity ? finding.Severity : findings[same].Severity,
            Responses = [.. findings[same].Responses.Concat(responses).DistinctBy(entry => entry.Party).OrderBy(entry => Array.IndexOf(order, entry.Party))],
        };
    }

    public StepReport Done(string summary) => new(
        step,
        HasErrors ? StepOutcome.Failed : findings.Count > 0 ? StepOutcome.Warned : StepOutcome.Passed,
        time.GetElapsedTime(started),
        summary,
        findings);
}
