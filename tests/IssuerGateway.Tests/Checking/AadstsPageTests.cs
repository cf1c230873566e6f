using System.Text.RegularExpressions;
using IssuerGateway.Checking.Exchange;
using IssuerGateway.Checking.Rules;

namespace IssuerGateway.Tests.Checking;

/// <summary>The page of Entra's error codes has a section for each code that the programs explain or predict, and for no other.</summary>
public sealed partial class AadstsPageTests
{
    [Fact]
    public async Task Every_code_has_its_section()
    {
        string[] lines = await File.ReadAllLinesAsync(Repository.File("docs/troubleshooting/aadsts.md"));

        IEnumerable<string> predicted = RuleTable.All.SelectMany(rule => rule.Parties).SelectMany(party => Code().Matches(party.Response ?? "")).Select(code => code.Value);

        Assert.Equal(EntraErrors.Codes.Concat(predicted).Distinct().Order(StringComparer.Ordinal), lines.Where(line => line.StartsWith("## AADSTS", StringComparison.Ordinal)).Select(line => line[3..]).Order(StringComparer.Ordinal));
    }

    // A fix is for a person at a workstation, who has no gateway there.
    [Fact]
    public void No_fix_runs_the_gateway() => Assert.All(EntraErrors.Codes, code => Assert.DoesNotContain("issuer-gateway", EntraErrors.Explain(code)!.Value.Fix, StringComparison.Ordinal));

    [GeneratedRegex("AADSTS[0-9]+")]
    private static partial Regex Code();
}
