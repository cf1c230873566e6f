using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>Alerts and dashboard ask for figures that the gateway gives, and the alerts fire when they should.</summary>
public sealed partial class AlertTests
{
    private static readonly HashSet<string> given = [.. Directory.GetFiles(Path.Combine(KitFolder.Root, "src", "IssuerGateway"), "*.cs", SearchOption.AllDirectories)
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
        string source = string.Concat(Directory.GetFiles(Path.Combine(KitFolder.Root, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

        Assert.All(
            Alerts().SelectMany(alert => Rule().Matches((string)alert["expr"]!).SelectMany(match => match.Groups[1].Value.Split('|'))).Distinct(),
            rule => Assert.Matches($"\"{rule.Replace(".+", "[a-z-]+", StringComparison.Ordinal)}\"", source));
    }

    [Fact]
    public void Every_alert_says_what_it_means_how_urgent_it_is_and_what_to_run_first()
    {
        string page = File.ReadAllText(Path.Combine(KitFolder.Root, "docs", "troubleshooting", "alerts.md"));

        Assert.All(Alerts(), alert =>
        {
            string name = (string)alert["alert"]!;
            JsonNode annotations = alert["annotations"]!;
            Assert.Equal(["command", "description", "runbook_url", "summary", "urgency"], annotations.AsObject().Select(each => each.Key).Order(StringComparer.Ordinal));
            Assert.All(annotations.AsObject(), each => Assert.NotEqual("", (string)each.Value!));
            Assert.Equal($"docs/troubleshooting/alerts.md#{name.ToLowerInvariant()}", (string)annotations["runbook_url"]!);
            Assert.Contains($"\n## {name}\n", page, StringComparison.Ordinal);
        });
        Assert.Equal(Alerts().Count(), page.Split('\n').Count(line => line.StartsWith("## ", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_runbook_is_where_the_values_say()
    {
        Command rendered = Helm.Template(Helm.Four, RenderedChart.Gateway, "--values", RenderedChart.ValuesFile(RenderedChart.Gateway, "monitoring"),
            "--set", "prometheusRule.runbookBaseUrl=https://git.example.com/issuer-gateway/", "--show-only", "templates/prometheusrule.yaml");

        Assert.Contains("runbook_url: \"https://git.example.com/issuer-gateway/docs/troubleshooting/alerts.md#issuergatewayabsent\"", rendered.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("staleSeconds", "900")]
    [InlineData("divergingFor", "2h")]
    [InlineData("certificateDays", "10")]
    public void The_page_of_alerts_and_the_chart_name_the_same_thresholds(string value, string threshold)
    {
        Assert.Contains($"  {value}: {threshold}\n", File.ReadAllText(Path.Combine(KitFolder.Charts, RenderedChart.Gateway, "values.yaml")), StringComparison.Ordinal);
        Assert.Contains($"| `prometheusRule.{value}` | {threshold} ", File.ReadAllText(Path.Combine(KitFolder.Root, "docs", "troubleshooting", "alerts.md")), StringComparison.Ordinal);
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

    [GeneratedRegex("rule(?:!~|=~|!=|=)\"([a-z|.+-]+)\"")]
    private static partial Regex Rule();
}
