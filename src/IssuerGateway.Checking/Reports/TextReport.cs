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

    // To a reader the findings of one rule are one problem.
    private readonly CheckFinding[][] problems = [.. report.Findings.GroupBy(finding => finding.Id, StringComparer.Ordinal).Select(same => same.ToArray()).OrderByDescending(SeverityOf)];

    public IEnumerable<string> Lines()
    {
        if (isQuiet)
        {
            return problems.SelectMany(same => FindingText.Lines(same, report.Parties.Count, report.At)).Concat(problems.Length > 0 ? [Result()] : []);
        }

        return
        [
            .. report.Parties.SelectMany(party => FindingText.Wrapped("", VerdictLine(party), 2)),
            .. report.Parties.Count == 1 ? [] : (string[])[$"Issuer: {report.Issuer}"],
            .. FindingText.Wrapped("", $"Checked from this machine ({machine}) at {report.At:yyyy-MM-dd HH:mm:ss} UTC", 0),
            .. report.Notes.SelectMany(note => FindingText.Wrapped("Note: ", $"{note}.", 6)),
            "",
            .. Steps(),
            .. problems.SelectMany(same => (string[])["", .. FindingText.Lines(same, report.Parties.Count, report.At)]),
            "",
            .. NotRequested(),
            Result(),
        ];
    }

    private string VerdictLine(RelyingParty party)
    {
        Verdict verdict = report.VerdictOf(party);
        string mark = FindingText.Mark(verdict switch { Verdict.Accepts => StepOutcome.Passed, Verdict.Unknown => StepOutcome.Warned, _ => StepOutcome.Failed });
        string of = report.Parties.Count == 1 ? $" of {report.Issuer}" : "";
        string what = !report.HasValidatedToken(party) || (verdict != Verdict.Accepts && !report.RejectsOnlyToken(party)) ? "tokens" : TheToken(verdict, party);
        string others = what == "tokens" || verdict is Verdict.Accepts or Verdict.Unknown ? "" : OtherTokens(verdict, party);
        string other = report.HasTokens && !report.HasValidatedToken(party) && verdict == Verdict.Accepts ? " (none of those given is for it)" : "";
        return verdict switch
        {
            Verdict.Accepts => $"{mark} {party.Name} would accept {what}{of}{other}{(report.IsOpenToAudience(party) ? ", if aud is the registered audience" : "")}",
            Verdict.MightReject => $"{mark} {party.Name} might reject {what}{of}{others}",
            Verdict.Rejects => $"{mark} {party.Name} would reject {what}{of}{others}",
            _ => $"{mark} {party.Name}: no verdict{(of.Length > 0 ? $" on {report.Issuer}" : "")}, because {report.WhyOpen(party)}",
        };
    }

    // Of several tokens, those that the verdict is about.
    private string TheToken(Verdict verdict, RelyingParty party)
    {
        string[] names = Tokens(party, verdict);
        return !report.HasSeveralTokens || names.Length == 0 ? "the token" : $"the token{(names.Length == 1 ? "" : "s")} {string.Join(", ", names)}";
    }

    private string OtherTokens(Verdict verdict, RelyingParty party)
    {
        string[] perhaps = verdict == Verdict.MightReject ? [] : Tokens(party, Verdict.MightReject), accepted = Tokens(party, Verdict.Accepts);
        return !report.HasSeveralTokens ? ""
            : $"{(perhaps.Length > 0 ? $", might reject {string.Join(", ", perhaps)}" : "")}{(accepted.Length > 0 ? $", and {(verdict == Verdict.MightReject ? "would " : "")}accept {string.Join(", ", accepted)}" : "")}";
    }

    private string[] Tokens(RelyingParty party, Verdict verdict) => [.. report.TokenVerdicts(party).Where(token => token.Verdict == verdict).Select(token => token.Token)];

    private static Severity SeverityOf(CheckFinding[] same) => same.Max(finding => finding.Severity);

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
