using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Tests.Ctl.Parties.Verification;

/// <summary>Every finding of <c>trust verify</c> has its section, its link leads there, and no section is of a finding that is gone.</summary>
public sealed partial class TrustFindingsPageTests
{
    private const string Page = "docs/troubleshooting/trust-findings.md";

    [Fact]
    public async Task Every_finding_has_its_section()
    {
        string[] sections = [.. (await File.ReadAllLinesAsync(Repository.File(Page))).Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..])];
        string[] ids = [.. Directory.EnumerateFiles(Repository.File("src/IssuerGateway.Ctl/Parties"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Id().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value).Distinct()];

        Assert.Contains("keys-replaced", ids);
        Assert.Contains("prefix-empty", ids);
        Assert.Equal(ids.Order(StringComparer.Ordinal), sections.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_finding_prints_the_link_to_its_section()
    {
        using StringWriter output = new();
        TrustReport report = new();
        report.Error("role-open", "the role has no bound_subject", "set it");

        report.Print("role shop", "the server", new Terminal(output, TextWriter.Null));

        Assert.EndsWith($"[role-open]\n    fix: set it\n    more: {Page}#role-open\n", output.ToString(), StringComparison.Ordinal);
    }

    [GeneratedRegex("(?:report\\.(?:Error|Warn|Compare|CompareIssuer)\\(|\\(drift\\.\\w+, )\"([a-z-]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}
