using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Reports;
using IssuerGateway.Tests.Ctl.EntraApp.Rendering;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// The whole plan of every distribution and version, with one and three API servers. UPDATE_GOLDEN=1 writes them anew;
/// the difference is for a person to read.
/// </summary>
public sealed class GoldenPlanTests
{
    public static TheoryData<string, int> Cases
    {
        get
        {
            TheoryData<string, int> cases = [];
            foreach (string name in SampleClusters.Names)
            {
                cases.Add(name, 1);
                cases.Add(name, 3);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Plans_every_distribution_as_recorded(string name, int servers)
    {
        ClusterState state = await SampleClusters.Of(name, servers).InspectAsync(SampleClusters.Given(name));

        ChangePlan plan = IssuerPlanner.Plan(state, new PlanRequest("https://oidc.example.com")).Plan!;

        Assert.Equal(name, plan.Distribution);
        Assert.Equal(servers, plan.ServerCount);
        Golden.Equal($"{name}-{servers}.txt", PlanReport.Write(plan, ReportWriter.Plain()));
    }

    [Fact]
    public async Task Writes_json_as_recorded()
    {
        ClusterState state = await SampleClusters.Of("kubeadm-v1beta4", 3).InspectAsync();

        Golden.Equal("plan.json", ClusterJson.Write(IssuerPlanner.Plan(state, new PlanRequest("https://oidc.example.com")).Plan!));
        Golden.Equal("inspect.json", ClusterJson.Write(InspectReport.Of(state)));
        Golden.Equal("inspect.txt", InspectText.Write(InspectReport.Of(state), ReportWriter.Plain()));
    }

    [Fact]
    public void Every_distribution_has_a_sample() => Assert.Equal(DistributionCatalog.All.Select(each => each.Id).Order(), SampleClusters.Names.Order());
}

/// <summary>Compares with a recorded file, or records it.</summary>
internal static class Golden
{
    public static void Equal(string name, string actual)
    {
        string path = Repository.File($"tests/IssuerGateway.Tests/Ctl/Cluster/golden/{name}");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.Exists(path) ? File.ReadAllText(path) : "", actual);
    }
}
