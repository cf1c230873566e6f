using IssuerGateway.Checking.Exchange;

namespace IssuerGateway.Tests.Checking;

/// <summary>The page of Entra's error codes has a section for each code that the programs explain, and for no other.</summary>
public sealed class AadstsPageTests
{
    [Fact]
    public async Task Every_explained_code_has_its_section()
    {
        string[] lines = await File.ReadAllLinesAsync(Repository.File("docs/troubleshooting/aadsts.md"));

        Assert.Equal(EntraErrors.Codes, lines.Where(line => line.StartsWith("## AADSTS", StringComparison.Ordinal)).Select(line => line[3..]));
    }
}
