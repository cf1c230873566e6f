using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>Alerts and dashboard ask for figures that the gateway gives, and the alerts fire when they should.</summary>
public sealed partial class AlertTests
{
    private static readonly HashSet<string> given = [.. Directory.GetFiles(Path.Combine(KitFolder.Root, "src", "IssuerGateway"), "*Metrics.cs", SearchOption.AllDirectories)
        .SelectMany(file => QuotedMetric().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))];

    [Fact]
    public void Every_figure_of_an_alert_is_one_that_the_gateway_gives()
    {
        string[] asked = [.. Alerts().SelectMany(alert => Metric().Matches((string)alert["expr"]!).Select(match => match.Value)).Distinct()];

        Assert.NotEmpty(asked);
        Assert.All(asked, metric => Assert.Contains(metric, given));
    }

    [Fact]
    public void Every_figure_of_the_dashboard_is_one_that_the_gateway_gives()
    {
        string dashboard = File.ReadAllText(Path.Combine(KitFolder.Charts, RenderedChart.Gateway, "dashboards", "issuer-gateway.json"));
        string[] asked = [.. Metric().Matches(dashboard).Select(match => match.Value).Distinct()];

        Assert.NotEmpty(asked);
        Assert.All(asked, metric => Assert.Contains(metric, given));
        Assert.Equal(JsonNode.Parse(dashboard)!.ToJsonString(),
            JsonNode.Parse((string)RenderedChart.Of(RenderedChart.Gateway, "monitoring").One("ConfigMap", "rel-issuer-gateway-dashboard").At("data")!["issuer-gateway.json"]!)!.ToJsonString());
    }

    [Fact]
    public void Every_panel_says_what_it_shows()
    {
        JsonNode dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(KitFolder.Charts, RenderedChart.Gateway, "dashboards", "issuer-gateway.json")))!;

        Assert.All(dashboard.Each("panels"), panel => Assert.NotEqual("", (string)panel["description"]!));
    }

    [Fact]
    public void Every_rule_of_an_alert_is_one_of_the_gateway()
    {
        string source = string.Concat(Directory.GetFiles(Path.Combine(KitFolder.Root, "src", "IssuerGateway"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

        Assert.All(
            Alerts().SelectMany(alert => Rule().Matches((string)alert["expr"]!).Select(match => match.Groups[1].Value)),
            rule => Assert.Contains($"\"{rule}\"", source, StringComparison.Ordinal));
    }

    [Fact]
    public void Alerts_fire_when_they_should_and_stay_silent_otherwise()
    {
        string folder = Directory.CreateTempSubdirectory("kit-alerts-").FullName;
        try
        {
            JsonObject rules = RenderedChart.Of(RenderedChart.Gateway, "monitoring").One("PrometheusRule")["spec"]!.AsObject();
            File.WriteAllText(Path.Combine(folder, "rules.yaml"), rules.ToJsonString());
            File.Copy(Path.Combine(KitFolder.Root, "tests", "IssuerGateway.EndToEnd", "Kit", "alerts.test.yaml"), Path.Combine(folder, "alerts.test.yaml"));

            Command check = Command.RunIn(folder, KitFolder.Tool("promtool"), "check", "rules", "rules.yaml");
            Command test = Command.RunIn(folder, KitFolder.Tool("promtool"), "test", "rules", "alerts.test.yaml");

            Assert.True(check.ExitCode == 0, check.Said);
            Assert.True(test.ExitCode == 0, test.Said);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Every_alert_is_tried()
    {
        string trials = File.ReadAllText(Path.Combine(KitFolder.Root, "tests", "IssuerGateway.EndToEnd", "Kit", "alerts.test.yaml"));

        Assert.All(Alerts(), alert => Assert.Contains($"alertname: {alert["alert"]}\n", trials, StringComparison.Ordinal));
    }

    private static IEnumerable<JsonNode> Alerts() => RenderedChart.Of(RenderedChart.Gateway, "monitoring").One("PrometheusRule").Each("spec/groups/0/rules");

    [GeneratedRegex("issuer_gateway_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex("\"(issuer_gateway_[a-z_]+)\"")]
    private static partial Regex QuotedMetric();

    [GeneratedRegex("rule!?=\"([a-z-]+)\"")]
    private static partial Regex Rule();
}
