using System.Text.Json.Nodes;
using IssuerGateway.Edge;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>The real binary accepts every configuration that the charts and manifests give it: no unknown key, no wrong value.</summary>
public sealed class GatewayConfigurationTests
{
    public static TheoryData<string> GatewaySets => [.. RenderedChart.All.Where(each => each.Chart == RenderedChart.Gateway).Select(each => each.Set)];

    [Theory]
    [MemberData(nameof(GatewaySets))]
    public void The_configuration_of_the_chart_is_accepted(string set)
    {
        JsonObject map = RenderedChart.Of(RenderedChart.Gateway, set).Objects.First(each => each.Kind() == "ConfigMap" && each["data"]!["config.json"] is not null);

        Command command = PrintConfig((string)map["data"]!["config.json"]!);

        Assert.True(command.ExitCode == 0, command.Transcript);
    }

    [Fact]
    public void What_the_chart_says_is_what_the_gateway_reads()
    {
        string json = (string)RenderedChart.Of(RenderedChart.Gateway, "tlsroute-secret").One("ConfigMap")["data"]!["config.json"]!;

        string[] lines = PrintConfig(json).Output.Split('\n');

        Assert.Superset(
            new HashSet<string>
            {
                "Issuers:0:Identifier = https://oidc.example.com",
                "Issuers:0:CanaryTokenFile = /var/run/secrets/issuer-gateway/canary/token",
                "Issuers:1:Upstream:Kind = Explicit",
                "Issuers:1:Upstream:Servers:2 = https://10.1.0.3:6443",
                "Issuers:1:Upstream:CaFile = /etc/issuer-gateway-upstream/1/ca.crt",
                "Issuers:1:Upstream:ClientCertificateFile = /etc/issuer-gateway-upstream/1/tls.crt",
                "Issuers:1:Upstream:ServerName = kubernetes",
                "Tls:Mode = Files",
                "Tls:Certificates:1:KeyFile = /etc/issuer-gateway-tls/1/tls.key",
                "StateDirectory = /var/lib/issuer-gateway",
                "Operations:Address = *",
            },
            lines.ToHashSet());
    }

    [Fact]
    public void The_limits_of_the_chart_are_what_the_gateway_reads()
    {
        string json = (string)RenderedChart.Of(RenderedChart.Gateway, "proxy-protocol").One("ConfigMap")["data"]!["config.json"]!;

        string[] lines = PrintConfig(json).Output.Split('\n');

        Assert.Superset(
            new HashSet<string>
            {
                "Edge:MaxConnections = 900",
                "Edge:ProbePath = /healthz",
                "Edge:ClientAddress = ProxyProtocol",
                "Edge:ProxyProtocol:TrustedSources:0 = 10.0.0.0/8",
                "Edge:ProxyProtocol:TrustedSources:1 = 2001:db8::/32",
                "Edge:MaxConnectionsPerAddress = 100",
                "Edge:HandshakesPerAddress:PerSecond = 20",
                "Edge:HandshakesPerAddress:Burst = 200",
            },
            lines.ToHashSet());
    }

    [Theory]
    [InlineData("systemd/config.json", "ISSUERGATEWAY__Issuers__0__Upstream__TokenFile=/c/token", "ISSUERGATEWAY__Issuers__0__Upstream__CaFile=/c/ca.crt")]
    [InlineData("export/config.json")]
    public void A_configuration_among_the_manifests_is_accepted(string file, params string[] environment)
    {
        Command command = PrintConfig(File.ReadAllText(Path.Combine(KitFolder.Manifests, file)), environment);

        Assert.True(command.ExitCode == 0, command.Transcript);
    }

    [Fact]
    public void A_misspelt_extra_key_is_rejected_by_its_name()
    {
        Command rendered = Helm.Template(Helm.Four, RenderedChart.Gateway, "--values", RenderedChart.ValuesFile(RenderedChart.Gateway, "httproute"), "--set", "extraConfig.Edgee.AccessLog=true", "--show-only", "templates/configmap.yaml");
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, rendered.Output);
            string json = (string)KubernetesSchemas.Validate(file).Objects.Single()["data"]!["config.json"]!;

            Command command = PrintConfig(json);

            Assert.Equal(2, command.ExitCode);
            Assert.Contains("Edgee:AccessLog: found an unknown key", command.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData(RenderedChart.Gateway, "everything-else")]
    [InlineData(RenderedChart.Workload, "exchange-test")]
    public void The_tests_of_the_charts_use_options_that_check_has(string chart, string set)
    {
        string help = Command.Run(GatewayBinary.Path, "check", "--help").Output;
        string[] options = [.. RenderedChart.Of(chart, set).One("Pod").Texts("spec/containers/0/args").Where(argument => argument.StartsWith("--", StringComparison.Ordinal))];

        Assert.NotEmpty(options);
        Assert.All(options, option => Assert.Contains($"{option} ", help, StringComparison.Ordinal));
    }

    private static Command PrintConfig(string json, params string[] environment)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, json);
            return Command.Run("env", [.. environment, GatewayBinary.Path, "serve", "--config", file, "--print-config"]);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
