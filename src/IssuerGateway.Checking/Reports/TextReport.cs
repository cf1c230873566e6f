using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Reports;

/// <summary>A report for a person at a terminal of 80 columns: verdict first, one line a step, then each problem with its fix.</summary>
internal sealed class TextReport(CheckReport report, bool isQuiet, string machine)
{
    private const int Width = 80;

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
            return report.Findings.SelectMany(Problem).Concat(report.Findings.Any() ? [Result()] : []);
        }

        return
        [
            .. report.Parties.SelectMany(party => Wrapped("", VerdictLine(party), 2)),
            .. Wrapped("", $"Checked from this machine ({machine}) at {report.At:yyyy-MM-dd HH:mm:ss} UTC", 0),
            .. report.Notes.SelectMany(note => Wrapped("Note: ", $"{note}.", 6)),
            "",
            .. Steps(),
            .. report.Findings.OrderByDescending(finding => finding.Severity).SelectMany(finding => (string[])["", .. Problem(finding)]),
            "",
            .. NotRequested(),
            Result(),
        ];
    }

    private string VerdictLine(RelyingParty party) => report.VerdictOf(party) switch
    {
        Verdict.Accepts when report.Steps.Any(step => step is { Step: "token", Outcome: not StepOutcome.NotRequested }) => $"{Mark(StepOutcome.Passed)} {party.Name} would accept the token of {report.Issuer}",
        Verdict.Accepts => $"{Mark(StepOutcome.Passed)} {party.Name} would accept tokens of {report.Issuer}",
        Verdict.MightReject => $"{Mark(StepOutcome.Failed)} {party.Name} might reject tokens of {report.Issuer}",
        Verdict.Rejects => $"{Mark(StepOutcome.Failed)} {party.Name} would reject tokens of {report.Issuer}",
        _ => $"{Mark(StepOutcome.Warned)} {party.Name}: no verdict on {report.Issuer}, because not every step could run",
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
                foreach (string line in Wrapped($"  {Mark(step.Outcome)} {names[step.Step],-12} ", step.Summary, 17))
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

            foreach (string line in Wrapped("  ", $"{Mark(StepOutcome.Skipped)} {string.Join(", ", together)}: not checked ({step.Summary})", 4))
            {
                yield return line;
            }
        }
    }

    private IEnumerable<string> Problem(CheckFinding finding)
    {
        foreach (string line in Wrapped($"{Mark(finding.Severity == Severity.Error ? StepOutcome.Failed : StepOutcome.Warned)} ", $"{finding.Rule.Cause} [{finding.Id}]", 2))
        {
            yield return line;
        }

        (string Name, string Text)[] rows =
        [
            ("Found", finding.Found),
            .. finding.Responses.GroupBy(entry => (entry.Response, entry.Evidence, Outdated: entry.Source.IsOutdated(report.At))).Select(same => (Answer(same), Response(same.Key))),
            ("Fix", finding.Fix),
            ("More", finding.Rule.Link),
        ];
        foreach ((string name, string text) in rows)
        {
            string label = name.Length <= 10 ? $"    {name,-11}" : $"    {name}: ";
            foreach (string line in Wrapped(label, text, 15))
            {
                yield return line;
            }
        }
    }

    private string Answer(IEnumerable<PartyRule> same) => report.Parties.Count == 1 ? "Response" : string.Join(", ", same.Select(entry => entry.Party));

    private static string Response((string? Response, Evidence Evidence, bool Outdated) key) =>
        $"{key.Response ?? "not recorded"}{(key.Evidence == Evidence.Unconfirmed && key.Response is not null ? " (unconfirmed)" : "")}{(key.Outdated ? " (read over a year ago)" : "")}";

    private IEnumerable<string> NotRequested()
    {
        string[] missing = [.. report.Steps.Where(step => step.Outcome == StepOutcome.NotRequested).Select(step => $"{names[step.Step]} ({step.Summary})")];
        return missing.Length == 0 ? [] : Wrapped("", $"Not checked: {string.Join(", ", missing)}", 2);
    }

    private string Result()
    {
        string counts = (report.Errors, report.Warnings) switch
        {
            (0, 0) => "no problems found",
            var (errors, warnings) => string.Join(", ", new[] { Count(errors, "error"), Count(warnings, "warning") }.Where(part => part.Length > 0)),
        };
        return $"Result: {counts}";
    }

    private static string Count(int number, string what) => number == 0 ? "" : $"{number} {what}{(number == 1 ? "" : "s")}";

    // A word is never broken: a URL or a command must stay one to be copied.
    private static IEnumerable<string> Wrapped(string first, string text, int indent)
    {
        string line = first;
        bool isEmpty = true;
        foreach (string word in text.Split(' '))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                yield return line;
                (line, isEmpty) = (new string(' ', indent), true);
            }

            line += isEmpty ? word : $" {word}";
            isEmpty = false;
        }

        yield return line;
    }

    private static string Mark(StepOutcome outcome) => outcome switch
    {
        StepOutcome.Passed => "✓",
        StepOutcome.Warned => "!",
        StepOutcome.Failed => "✗",
        _ => "–",
    };
}
