using IssuerGateway.Base;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Reports;

/// <summary>The sign-in side for a person at a terminal of 80 columns: verdict first, what was not checked, then each problem with its fix.</summary>
public static class SignInText
{
    public static IEnumerable<string> Lines(StepReport report, string appName, string? clientId, IReadOnlyList<string> notChecked, DateTimeOffset now)
    {
        int errors = report.Findings.Count(finding => finding.Severity == Severity.Error);
        int warnings = report.Findings.Count - errors;
        string name = $"{PrintableText.Of(appName)}{(clientId is null ? "" : $" ({PrintableText.Of(clientId)})")}";

        // As the verdict of check: "would" needs one error of which it is known that Entra or the proxy rejects it.
        bool isKnown = report.Findings.SelectMany(finding => finding.Responses).Any(entry => entry.Severity == Severity.Error && entry.Evidence != Evidence.Unconfirmed);
        string verdict = errors > 0 ? $"{FindingText.Mark(StepOutcome.Failed)} Sign-in through {name} {(isKnown ? "would" : "might")} fail"
            : notChecked.Count > 0 ? $"{FindingText.Mark(StepOutcome.Warned)} Sign-in through {name}: no problem in what could be checked"
            : $"{FindingText.Mark(StepOutcome.Passed)} Sign-in through {name} would work, as far as Microsoft Graph shows it";
        return
        [
            .. FindingText.Wrapped("", verdict, 2),
            .. notChecked.SelectMany(part => FindingText.Wrapped("", $"{FindingText.Mark(StepOutcome.Skipped)} {part}: not checked, because it could not be read from Microsoft Graph", 2)),
            .. report.Findings.OrderByDescending(finding => finding.Severity).SelectMany(finding => (string[])["", .. FindingText.Lines([finding], 1, now)]),
            .. report.Findings.Count > 0 ? ["", $"Result: {TextReport.Counts(errors, warnings)}"] : (string[])[],
        ];
    }
}
