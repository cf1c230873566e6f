using System.Text.RegularExpressions;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>Every word in brackets of a plan or a verification has its section, and no section is of a word that is gone.</summary>
public sealed partial class ClusterFindingsPageTests
{
    [Fact]
    public async Task Every_finding_and_check_has_its_section()
    {
        string[] sections = [.. (await File.ReadAllLinesAsync(Repository.File("docs/troubleshooting/cluster-findings.md"))).Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..])];
        string[] words = [.. Directory.EnumerateFiles(Repository.File("src/IssuerGateway.Ctl/Cluster"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Word().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value).Distinct()];

        Assert.Contains("servers-reject-each-other", words);
        Assert.Contains("token-accepted-everywhere", words);
        Assert.Equal(words.Order(StringComparer.Ordinal), sections.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("(?:ClusterFinding\\.(?:Error|Warning|Information)\\(|new VerifyCheck\\(|const string rule = )\"([a-z-]+)\"")]
    private static partial Regex Word();
}
