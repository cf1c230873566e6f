using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Reports;

/// <summary>A report for a person at a terminal of 80 columns: verdict first, one line a step, then each problem with its fix.</summary>
internal sealed class TextReport(CheckReport report, bool isQuiet, string machine)
{
    private static readonly Dictionary<string, string> names = new(StringComparer.Ordinal)
    {
        ["url"] = "URL",
        ["dns"] = "DNS",
        ["tcp"] = "TCP",
        ["tls"] = "TLS",
        ["discovery"] = "discovery",
        ["jwks"] = "keys",
        ["caching"] = "caching",
        ["token"] = "token",
        ["upstream"] = "API servers",
        ["exchange"] = "exchange",
    };

    public IEnumerable<string> Lines()
    {
        if (isQuiet)
        {
            return report.Findings.SelectMany(finding => FindingText.Lines(finding, report.Parties.Count, report.At)).Concat(report.Findings.Any() ? [Result()] : []);
        }

        return
        [
            .. report.Parties.SelectMany(party => FindingText.Wrapped("", VerdictLine(party), 2)),
            .. FindingText.Wrapped("", $"Checked from this machine ({machine}) at {report.At:yyyy-MM-dd HH:mm:ss} UTC", 0),
            .. report.Notes.SelectMany(note => FindingText.Wrapped("Note: ", $"{note}.", 6)),
            "",
            .. Steps(),
            .. report.Findings.OrderByDescending(finding => finding.Severity).SelectMany(finding => (string[])["", .. FindingText.Lines(finding, report.Parties.Count, report.At)]),
            "",
            .. NotRequested(),
            Result(),
        ];
    }

    private string VerdictLine(RelyingParty party) => report.VerdictOf(party) switch
    {
        Verdict.Accepts when report.HasValidatedToken(party) => $"{FindingText.Mark(StepOutcome.Passed)} {party.Name} would accept the token of {report.Issuer}",
        Verdict.Accepts => $"{FindingText.Mark(StepOutcome.Passed)} {party.Name} would accept tokens of {report.Issuer}",
        Verdict.MightReject => $"{FindingText.Mark(StepOutcome.Failed)} {party.Name} might reject tokens of {report.Issuer}",
        Verdict.Rejects => $"{FindingText.Mark(StepOutcome.Failed)} {party.Name} would reject tokens of {report.Issuer}",
        _ => $"{FindingText.Mark(StepOutcome.Warned)} {party.Name}: no verdict on {report.Issuer}, because not every step could run",
    };

    // Steps that were skipped for one reason are one line.
    private IEnumerable<string> Steps()
    {
        List<StepReport> shown = [.. report.Steps.Where(step => step.Outcome != StepOutcome.NotRequested && !(step is { Step: "url", Findings.Count: 0 }))];
        for (int i = 0; i < shown.Count; i++)
        {
            StepReport step = shown[i];
            if (step.Outcome != StepOutcome.Skipped)
            {
                foreach (string line in FindingText.Wrapped($"  {FindingText.Mark(step.Outcome)} {names[step.Step],-12} ", step.Summary, 17))
                {
                    yield return line;
                }

                continue;
            }

            List<string> together = [names[step.Step]];
            while (i + 1 < shown.Count && shown[i + 1].Outcome == StepOutcome.Skipped && shown[i + 1].Summary == step.Summary)
            {
                together.Add(names[shown[++i].Step]);
            }

            foreach (string line in FindingText.Wrapped("  ", $"{FindingText.Mark(StepOutcome.Skipped)} {string.Join(", ", together)}: not checked ({step.Summary})", 4))
            {
                yield return line;
            }
        }
    }

    private IEnumerable<string> NotRequested()
    {
        string[] missing = [.. report.Steps.Where(step => step.Outcome == StepOutcome.NotRequested).Select(step => $"{names[step.Step]} ({step.Summary})")];
        return missing.Length == 0 ? [] : FindingText.Wrapped("", $"Not checked: {string.Join(", ", missing)}", 2);
    }

    private string Result() => $"Result: {Counts(report.Errors, report.Warnings)}";

    internal static string Counts(int errors, int warnings) => errors + warnings == 0
        ? "no problems found"
        : string.Join(", ", new[] { Count(errors, "error"), Count(warnings, "warning") }.Where(part => part.Length > 0));

    private static string Count(int number, string what) => number == 0 ? "" : $"{number} {what}{(number == 1 ? "" : "s")}";
}
