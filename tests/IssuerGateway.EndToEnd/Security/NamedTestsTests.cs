using IssuerGateway.EndToEnd.Kit;
using IssuerGateway.EndToEnd.Secrets;

namespace IssuerGateway.EndToEnd.Security;

/// <summary>What the documents say is shown by a test, is shown by a test that exists.</summary>
public sealed class NamedTestsTests
{
    [Theory]
    [InlineData("docs/contributing/security-evidence.md")]
    [InlineData("docs/contributing/walkthroughs.md")]
    [InlineData("tests/FAULTS.md")]
    [InlineData("tests/CASES.md")]
    public void Every_test_that_is_named_exists(string document) =>
        Assert.Equal([], NamedTests.MissingIn(File.ReadAllText(Path.Combine(KitFolder.Root, document))));

    [Theory]
    [InlineData("`NamedTestsTests`")]
    [InlineData("`Security/NamedTestsTests`")]
    [InlineData("`Security.NamedTestsTests.Finds_what_does_not_exist`")]
    [InlineData("`NamedTestsTests.Finds_…` (as `acme.json` is a pipe), `Takes_what_exists`")]
    [InlineData("`Security/*Tests`, `SecretsOfTheRun`")]
    public void Takes_what_exists(string cell) => Assert.Empty(NamedTests.MissingIn(Table(cell)));

    [Theory]
    [InlineData("chart tests", "no test in \"chart tests\"")]
    [InlineData("`NoSuchTests`", "NoSuchTests")]
    [InlineData("`Hostile/NamedTestsTests`", "Hostile/NamedTestsTests")]
    [InlineData("`NamedTestsTests.Finds_nothing_…`", "NamedTestsTests.Finds_nothing_…")]
    [InlineData("`NamedTestsTests.Finds_what_…`, `Finds_nothing`", "NamedTestsTests.Finds_nothing")]
    [InlineData("`NamedTestsTests`, `NamedTests`", "NamedTests")]
    [InlineData("`NoSuch/*Tests`", "NoSuch/*Tests")]
    [InlineData("`TextTests.A_name_…`", "TextTests.A_name_…")]
    public void Finds_what_does_not_exist(string cell, string missing) => Assert.Equal([missing], NamedTests.MissingIn(Table(cell)));

    [Theory]
    [InlineData("See `NoSuchTests`.", "NoSuchTests")]
    [InlineData("Run `… -class '*NoSuchTests' -showLiveOutput`.", "*NoSuchTests")]
    public void Finds_it_outside_of_tables_too(string text, string missing) => Assert.Equal([missing], NamedTests.MissingIn(text));

    private static string Table(string cell) => $"| attacker | shown by | repeat |\n|---|---|---|\n| anybody | {cell} | |\n";
}
