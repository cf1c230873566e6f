using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using IssuerGateway.Ctl.Cluster;
using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Reports;
using IssuerGateway.Ctl.Cluster.Verification;
using IssuerGateway.Tests.Cli;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// The whole plan of every distribution and version, with one and three API servers. UPDATE_GOLDEN=1 writes them again;
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

    public static TheoryData<string> Names => new(SampleClusters.Names);

    /// <summary>The rolls of the signing key where the cluster signs with EC: none of them touches the issuer, none of the issuer's the key.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task Plans_the_signing_key_of_every_distribution_as_recorded(string name)
    {
        ChangePlan plan = IssuerPlanner.Plan(await SampleClusters.Of(name, 3).SignWithEllipticCurve().InspectAsync(SampleClusters.Given(name)), new PlanRequest("https://oidc.example.com")).Plan!;

        ReportWriter writer = ReportWriter.Plain();
        writer.Paragraph($"Rolls: {string.Join(", ", plan.Rolls.Select(roll => roll.Number))}");
        PlanReport.Findings([.. plan.Findings.Where(finding => finding.Rule == "signing-key-ec")], writer);
        foreach (Roll roll in plan.Rolls.Where(roll => roll.Number[0] == 'K'))
        {
            PlanReport.RollSection(roll, plan, writer, 2);
        }

        Assert.True(plan.Rolls.Any(roll => roll.Number == "K1") || plan.Findings.Any(finding => finding is { Rule: "signing-key-ec", Level: FindingLevel.Error }));
        Golden.Equal($"key-{name}.txt", writer.ToString());
    }

    [Fact]
    public async Task Writes_json_as_recorded()
    {
        ClusterState state = await SampleClusters.Of("kubeadm-v1beta4", 3).InspectAsync();

        Golden.Equal("plan.json", ClusterJson.Write(IssuerPlanner.Plan(state, new PlanRequest("https://oidc.example.com")).Plan!));
        Golden.Equal("inspect.json", ClusterJson.Write(InspectReport.Of(state)));
        Golden.Equal("inspect.txt", InspectText.Write(InspectReport.Of(state), ReportWriter.Plain()));
    }

    /// <summary>docs/reference/cluster-*.schema.json are made of the types that write the JSON, so that they cannot differ; UPDATE_GOLDEN=1 writes them.</summary>
    [Fact]
    public async Task The_JSON_of_each_verb_keeps_to_its_schema()
    {
        ClusterState state = await SampleClusters.Of("kubeadm-v1beta4", 3).SignWithEllipticCurve().InspectAsync();
        VerifyReport verified = new() { Issuer = "https://oidc.example.com", AfterRoll = 2, Counted = 3, Seen = 2, Checks = [new VerifyCheck("servers-seen", null, CheckOutcome.Failed, "2 of 3 API servers seen", "reach the others")] };
        (string Verb, JsonTypeInfo Type, string Json)[] all =
        [
            ("plan", ClusterJson.Context.ChangePlan, ClusterJson.Write(IssuerPlanner.Plan(state, new PlanRequest("https://oidc.example.com")).Plan!)),
            ("inspect", ClusterJson.Context.InspectReport, ClusterJson.Write(InspectReport.Of(state))),
            ("verify", ClusterJson.Context.VerifyReport, ClusterJson.Write(verified)),
        ];
        foreach ((string verb, JsonTypeInfo type, string json) in all)
        {
            string schema = SchemaOf(verb, type);
            string path = Repository.File($"docs/reference/cluster-{verb}.schema.json");
            if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            {
                await File.WriteAllTextAsync(path, schema);
            }

            Assert.Equal(await File.ReadAllTextAsync(path), schema);
            using JsonDocument described = JsonDocument.Parse(schema);
            using JsonDocument written = JsonDocument.Parse(json);
            Assert.Empty(SchemaCheck.Violations(described.RootElement, written.RootElement, "$"));
            using JsonDocument renamed = JsonDocument.Parse(json.Replace("\"issuer\":", "\"issuerUrl\":", StringComparison.Ordinal).Replace("\"distribution\":", "\"kind\":", StringComparison.Ordinal));
            Assert.NotEmpty(SchemaCheck.Violations(described.RootElement, renamed.RootElement, "$"));
        }
    }

    private static string SchemaOf(string verb, JsonTypeInfo type)
    {
        JsonObject schema = new()
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = $"issuerctl cluster {verb} --output json",
            ["description"] = "Members are added, never renamed or given another meaning.",
        };
        foreach ((string name, JsonNode? value) in type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true }).AsObject())
        {
            schema[name] = value?.DeepClone();
        }

        return IssuerGateway.Ctl.Cluster.Rendering.JsonText.Write(schema);
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
