using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>The page is what the data makes of it; UPDATE_GOLDEN=1 writes it again.</summary>
public sealed class IssuerPageTests
{
    private static readonly string path = Repository.File("docs/how-to/change-the-issuer.md");

    [Fact]
    public async Task The_page_is_generated_from_the_data_of_the_plans()
    {
        Dictionary<string, ChangePlan> plans = [];
        foreach (string name in SampleClusters.Names)
        {
            plans[name] = IssuerPlanner.Plan(await SampleClusters.Of(name, 3).InspectAsync(SampleClusters.Given(name)), new PlanRequest("https://oidc.example.com")).Plan!;
        }

        string page = IssuerPage.Write(distribution => plans[distribution.Id]);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, page);
        }

        Assert.Equal(await File.ReadAllTextAsync(path), page);
    }

    [Fact]
    public async Task Every_link_to_a_section_has_its_section()
    {
        string[] lines = await File.ReadAllLinesAsync(path);
        string[] anchors = [.. lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => IssuerPage.Anchor(line[3..]))];

        Assert.All(DistributionCatalog.All, distribution => Assert.Contains(IssuerPage.Anchor(distribution.Name), anchors));
        Assert.Equal(anchors.Length, anchors.Distinct().Count());
    }

    [Fact]
    public async Task What_is_unconfirmed_says_so_on_the_page()
    {
        // A URL is code on the page.
        string page = (await File.ReadAllTextAsync(path)).Replace("`", "", StringComparison.Ordinal);

        Assert.All(
            DistributionCatalog.All.SelectMany(distribution => distribution.Setting.Concat(distribution.Defaults).Concat(distribution.SigningKey).Concat(distribution.RollingOut)).Where(fact => fact.Mark == Mark.Unconfirmed),
            fact => Assert.Contains($"{fact.Text.Replace("`", "", StringComparison.Ordinal)} (unconfirmed)", page, StringComparison.Ordinal));
    }
}
