using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>Every rule of the table with inputs that break it and inputs that do not, and what each party does about them.</summary>
public sealed class RuleCaseTests
{
    private static readonly Dictionary<string, RuleCase> cases =
        ((IEnumerable<RuleCase>)[.. ConnectionCases.All, .. DocumentCases.All, .. KeyCases.All, .. TokenCases.All, .. OddTokenCases.All, .. OtherCases.All]).ToDictionary(each => $"{each.Rule}: {each.Input}");

    public static TheoryData<string> Names => [.. cases.Keys];

    [Fact]
    public void Every_rule_has_a_case_that_breaks_it_and_one_that_does_not()
    {
        Assert.Equal(RuleTable.All.Select(rule => rule.Id).Order(), cases.Values.Where(each => each.Rejects).Select(each => each.Rule).Distinct().Order());
        Assert.Equal(RuleTable.All.Select(rule => rule.Id).Order(), cases.Values.Where(each => !each.Rejects).Select(each => each.Rule).Distinct().Order());
    }

    [Fact]
    public void Every_case_says_what_each_party_does() =>
        Assert.All(cases, each => Assert.True(each.Value.Parties.Length == RelyingParty.Ids.Count && each.Value.Parties.All("EW-".Contains), each.Key));

    /// <summary>Where a case concerns some parties only, because they differ in a value and not in the rule, the others are shown by another case.</summary>
    [Fact]
    public void Every_party_that_a_rule_matters_to_has_a_case_that_breaks_it_for_that_party() => Assert.All(RuleTable.All, rule =>
    {
        string[] shown = [.. cases.Values.Where(each => each.Rule == rule.Id).SelectMany(each => RelyingParty.Ids.Where((_, i) => each.Parties[i] != '-')).Distinct()];
        string[] unshown = [.. rule.Parties.Where(entry => entry.Severity is not null).Select(entry => entry.Party).Except(shown)];
        Assert.True(unshown.Length == 0 || valuesOfParties.Contains(rule.Id), $"{rule.Id}: {string.Join(", ", unshown)}");
    });

    // The table gives a severity to all; which party it concerns is a value of the party, such as its longest wait.
    private static readonly string[] valuesOfParties = ["http-timeout", "http-slow", "token-signature-unverified", "token-key-unusable"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_party_does_what_the_facts_say(string name)
    {
        RuleCase each = cases[name];

        CheckFinding[] findings = [.. (await each.RunAsync()).Where(finding => finding.Id == each.Rule)];

        Assert.Equal(each.Parties, string.Concat(RelyingParty.Ids.Select(party => Letter(findings, party))));
        Assert.All(findings, finding => Assert.False(string.IsNullOrWhiteSpace(finding.Found) || string.IsNullOrWhiteSpace(finding.Fix)));
    }

    private static char Letter(CheckFinding[] findings, string party) =>
        findings.SelectMany(finding => finding.Responses).Where(entry => entry.Party == party).Max(entry => entry.Severity) switch { Severity.Error => 'E', Severity.Warning => 'W', _ => '-' };
}
