using System.Globalization;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>A report as a readable checklist; colour only where it is asked for.</summary>
public static class TextReport
{
    public static IEnumerable<string> Lines(CheckReport report, bool colour)
    {
        yield return $"issuer {report.Issuer} as {string.Join(", ", report.Profiles)}";
        foreach (StepReport step in report.Steps)
        {
            string elapsed = step.Outcome == StepOutcome.Skipped ? "" : string.Create(CultureInfo.InvariantCulture, $" ({step.Elapsed.TotalMilliseconds:0} ms)");
            yield return $"{Mark(step.Outcome, colour)} {step.Step,-9} {step.Summary}{elapsed}";
            foreach (CheckFinding finding in step.Findings)
            {
                foreach (string line in Lines(finding))
                {
                    yield return line;
                }
            }
        }

        int errors = report.Steps.Sum(step => step.Findings.Count(finding => finding.Severity == Severity.Error));
        int warnings = report.Steps.Sum(step => step.Findings.Count(finding => finding.Severity == Severity.Warning));
        yield return errors + warnings == 0 ? "all good" : $"{errors} errors, {warnings} warnings";
    }

    private static IEnumerable<string> Lines(CheckFinding finding)
    {
        yield return $"    {(finding.Severity == Severity.Error ? "error" : "warning")} {finding.Rule}: {finding.Found}";
        yield return $"      expected: {finding.Expected}";
        foreach (RelyingPartyAnswer answer in finding.Answers)
        {
            yield return $"      {answer.Profile}: {answer.Message}";
        }

        yield return $"      fix: {finding.Fix}";
    }

    private static string Mark(StepOutcome outcome, bool colour)
    {
        (string mark, int code) = outcome switch
        {
            StepOutcome.Passed => ("ok  ", 32),
            StepOutcome.Warned => ("warn", 33),
            StepOutcome.Failed => ("FAIL", 31),
            _ => ("skip", 90),
        };
        return colour ? $"\u001b[{code}m{mark}\u001b[0m" : mark;
    }
}
