using System.Globalization;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking;

/// <summary>The rule table as sections of <c>docs/troubleshooting/findings.md</c>, one for each rule under its step.</summary>
internal static class FindingsPage
{
    private const string Begin = "<!-- rules: made from src/IssuerGateway.Checking/Rules -->\n";
    private const string End = "<!-- end of rules -->";

    private static readonly Dictionary<string, string> titles = new(StringComparer.Ordinal)
    {
        ["url"] = "URL of the issuer",
        ["dns"] = "DNS",
        ["tcp"] = "TCP connection",
        ["tls"] = "TLS",
        ["discovery"] = "Discovery document",
        ["jwks"] = "Key set",
        ["caching"] = "Caching",
        ["token"] = "Token",
        ["upstream"] = "API servers",
        ["exchange"] = "Token exchange",
        ["sign-in"] = "Sign-in",
    };

    /// <summary>The page with the sections between its two marks made from the table; the rest of it is written by hand.</summary>
    public static string Update(string page)
    {
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = page.IndexOf(End, StringComparison.Ordinal);
        return $"{page[..begin]}{string.Join('\n', Lines())}\n{page[end..]}";
    }

    private static IEnumerable<string> Lines()
    {
        foreach (IGrouping<string, Rule> step in RuleTable.All.GroupBy(rule => rule.Step, StringComparer.Ordinal))
        {
            yield return "";
            yield return $"## {titles[step.Key]}";
            foreach (string line in step.SelectMany(Section))
            {
                yield return line;
            }
        }

        yield return "";
    }

    private static IEnumerable<string> Section(Rule rule) =>
    [
        "",
        $"### {rule.Id}",
        "",
        rule.Cause,
        "",
        $"- **Expected:** {rule.Expected}",
        $"- **Fix:** {rule.Fix}",
        "",
        "| Party | Severity | Response | Evidence |",
        "|---|---|---|---|",
        .. rule.Parties.Select(Row),
    ];

    private static string Row(PartyRule entry)
    {
        string severity = entry.Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "accepted" };
        string evidence = entry.Evidence switch
        {
            Evidence.Documented => "documented",
            Evidence.SourceRead => "read in the source",
            Evidence.Observed => "observed",
            _ => "assumed",
        };
        string read = entry.Source.Read.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return $"| {entry.Party} | {severity} | {Cell($"{entry.Response}{(entry.Evidence == Evidence.Unconfirmed ? "" : FindingText.MarkOf(entry))}")} | {evidence}: {Cell(entry.Source.Name)}, {read} |".Replace("|  |", "| |", StringComparison.Ordinal);
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
