using IssuerGateway.Operations.Page;
using IssuerGateway.Publishing.Reporting;

namespace IssuerGateway.Cli.Page;

/// <summary>Findings as a person acts on them: what, the fix, the page.</summary>
internal static class Findings
{
    private const int MaxRows = 100;

    /// <param name="issuer">Named where the findings of several are listed together.</param>
    public static Markup List(IReadOnlyList<FindingStatus> findings, string? issuer)
    {
        Markup subject = issuer is null ? default : Markup.Of($"{issuer}: ");
        Markup list = Markup.Join(findings.Take(MaxRows).Select(finding => Markup.Of($"""
            <div class="card"><p><b class="{(finding.Severity == "error" ? "bad" : "warn")}">{finding.Severity}</b> <code>{finding.Rule}</code> {subject}{finding.Message}</p>
            <p>Fix: {finding.Hint}</p><p class="soft">More: {Link(finding.Link)}</p></div>

            """)));
        return findings.Count > MaxRows ? Markup.Of($"{list}<p>{findings.Count - MaxRows} more findings are in <a href=\"/status\">/status</a>.</p>\n") : list;
    }

    // Without the address of the repository it is a path, which leads nowhere in a browser.
    private static Markup Link(string link) => link.StartsWith("https://", StringComparison.Ordinal) ? Markup.Of($"<a href=\"{link}\">{link}</a>") : Markup.Of($"{link}");
}
