using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>Collects what one step finds and measures how long it takes.</summary>
public sealed class StepBuilder(string step, IReadOnlyList<RelyingPartyProfile> profiles, TimeProvider time)
{
    private readonly long started = time.GetTimestamp();
    private readonly List<CheckFinding> findings = [];

    public bool HasErrors => findings.Any(finding => finding.Severity == Severity.Error);

    public TimeSpan Elapsed => time.GetElapsedTime(started);

    public void Error(string rule, string found, string fix) => findings.Add(RuleTexts.Finding(rule, Severity.Error, found, fix, profiles));

    public void Warning(string rule, string found, string fix) => findings.Add(RuleTexts.Finding(rule, Severity.Warning, found, fix, profiles));

    /// <summary>Takes over what the rules of publishing found, so that a check and the gateway judge alike.</summary>
    public void Add(IEnumerable<Finding> judged)
    {
        foreach (Finding finding in judged)
        {
            findings.Add(RuleTexts.Finding(finding.Rule, finding.Severity, PrintableText.Of(finding.Message), finding.Hint, profiles));
        }
    }

    public StepReport Done(string summary) => new(
        step,
        HasErrors ? StepOutcome.Failed : findings.Count > 0 ? StepOutcome.Warned : StepOutcome.Passed,
        Elapsed,
        summary,
        findings);

    public static StepReport Skipped(string step, string why) => new(step, StepOutcome.Skipped, TimeSpan.Zero, why, []);
}
