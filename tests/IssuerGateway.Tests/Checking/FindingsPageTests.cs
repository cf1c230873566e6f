using System.Reflection;
using System.Text.RegularExpressions;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tests.Checking;

/// <summary>The page has what the table has; UPDATE_GOLDEN=1 writes its sections again.</summary>
public sealed partial class FindingsPageTests
{
    private static readonly string path = Repository.File("docs/troubleshooting/findings.md");

    [Fact]
    public async Task The_sections_of_the_rules_are_made_from_the_table()
    {
        string committed = await File.ReadAllTextAsync(path);
        string page = FindingsPage.Update(committed);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, page);
            committed = page;
        }

        Assert.Equal(committed, page);
    }

    [Fact]
    public async Task Every_link_of_a_rule_has_its_section()
    {
        string[] headings = await Headings();

        Assert.All(RuleTable.All, rule => Assert.Contains($"### {rule.Id}", headings));
        Assert.Equal(headings.Length, headings.Distinct().Count());
    }

    [Fact]
    public async Task Every_finding_of_the_gateway_has_its_section()
    {
        string[] headings = await Headings();
        string[] ids = [.. FindingsOfTheGateway()];

        Assert.Contains("refresh-stuck", ids);
        Assert.All(ids, id => Assert.Contains($"### {id}", headings));
    }

    [Fact]
    public async Task Every_fault_of_a_fetch_and_every_finding_about_a_certificate_has_its_section()
    {
        string[] headings = await Headings();
        string[] ids = [.. Constants(typeof(FaultCode)).Concat(Constants(typeof(AccessFaultCode))).Select(code => $"fetch-{code}"), .. Constants(typeof(CertificateFindings))];

        Assert.Contains("fetch-unauthorized", ids);
        Assert.Contains("fetch-token-malformed", ids);
        Assert.Contains("certificate-chain-incomplete", ids);
        Assert.All(ids, id => Assert.Contains($"### {id}", headings));
    }

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral && field.FieldType == typeof(string)).Select(field => (string)field.GetRawConstantValue()!);

    private static async Task<string[]> Headings() => [.. (await File.ReadAllLinesAsync(path)).Where(line => line.StartsWith("### ", StringComparison.Ordinal))];

    private static IEnumerable<string> FindingsOfTheGateway() =>
        ((string[])["src/IssuerGateway", "src/IssuerGateway.Issuers"])
            .SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => Made().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value)
            .Distinct();

    [GeneratedRegex("(?:Finding\\.(?:Error|Warning)\\(|const string NewerRule = )\"([a-z0-9-]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Made();
}
