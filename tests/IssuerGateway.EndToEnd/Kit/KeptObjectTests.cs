using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>
/// The Secrets and the Lease that the gateway fills: real Helms install, upgrade, roll back, uninstall and install again, and
/// the content stays.
/// </summary>
public sealed class KeptObjectTests
{
    private const string State = "rel-issuer-gateway-acme";
    private const string Certificate = "rel-issuer-gateway-tls-oidc.example.com";

    [Theory]
    [InlineData(Helm.Three)]
    [InlineData(Helm.Four)]
    public async Task Upgrades_rollbacks_and_reinstallations_leave_the_content(string helm)
    {
        await using StandInApiServer cluster = await StandInApiServer.StartAsync();
        Run(helm, cluster, "install", "--set", "replicas=2");
        Assert.Null(cluster.Secret(State)["data"]);
        Assert.Equal("Opaque", (string?)cluster.Secret(Certificate)["type"]);
        Fill(cluster);

        Run(helm, cluster, "upgrade", "--set", "replicas=3");
        AssertFilled(cluster);
        Run(helm, cluster, "rollback");
        AssertFilled(cluster);
        Run(helm, cluster, "upgrade", "--set", "commonLabels.a=b");
        AssertFilled(cluster);
        Assert.Equal("b", (string?)cluster.Secret(Certificate).At("metadata/labels/a"));

        Run(helm, cluster, "uninstall");
        AssertFilled(cluster);
        Assert.DoesNotContain(cluster.Objects.Keys, path => path.Contains("/deployments/", StringComparison.Ordinal));
        Run(helm, cluster, "install", "--set", "replicas=1");
        AssertFilled(cluster);

        Assert.DoesNotContain(cluster.Changes, change => change.Request.Contains(State, StringComparison.Ordinal) && change.Body.Contains("\"data\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Helm.Three)]
    [InlineData(Helm.Four)]
    public async Task What_an_earlier_gateway_created_is_used_and_not_touched(string helm)
    {
        await using StandInApiServer cluster = await StandInApiServer.StartAsync();
        cluster.Objects[$"/api/v1/namespaces/{Helm.Namespace}/secrets/{Certificate}"] = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["type"] = "kubernetes.io/tls",
            ["metadata"] = new JsonObject { ["name"] = Certificate, ["namespace"] = Helm.Namespace, ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "issuer-gateway" } },
            ["data"] = new JsonObject { ["tls.crt"] = "YQ==", ["tls.key"] = "Yg==" },
        };
        string before = cluster.Secret(Certificate).ToJsonString();

        Run(helm, cluster, "install", "--set", "replicas=2");
        Run(helm, cluster, "upgrade", "--set", "replicas=3");

        Assert.Equal(before, cluster.Secret(Certificate).ToJsonString());
        Assert.Equal("Opaque", (string?)cluster.Secret(State)["type"]);
    }

    private static void Fill(StandInApiServer cluster)
    {
        cluster.Secret(State)["data"] = new JsonObject { ["acme.json"] = "e30=" };
        cluster.Secret(Certificate)["data"] = new JsonObject { ["tls.crt"] = "YQ==", ["tls.key"] = "Yg==" };
        cluster.Lease(State)["spec"] = new JsonObject { ["holderIdentity"] = "pod-1" };
    }

    private static void AssertFilled(StandInApiServer cluster)
    {
        Assert.Equal("e30=", (string?)cluster.Secret(State)["data"]?["acme.json"]);
        Assert.Equal("Yg==", (string?)cluster.Secret(Certificate)["data"]?["tls.key"]);
        Assert.Equal("pod-1", (string?)cluster.Lease(State)["spec"]?["holderIdentity"]);
    }

    private static void Run(string helm, StandInApiServer cluster, string verb, params string[] values)
    {
        string[] chart = verb is "install" or "upgrade"
            ? [Path.Combine(KitFolder.Charts, RenderedChart.Gateway), "--values", RenderedChart.ValuesFile(RenderedChart.Gateway, "loadbalancer-acme"), "--disable-openapi-validation", .. values]
            : verb == "rollback" ? ["1"] : [];
        Command command = Command.Run(KitFolder.Tool(helm), [verb, Helm.Release, .. chart, "--namespace", Helm.Namespace, "--kubeconfig", cluster.Kubeconfig]);
        Assert.True(command.ExitCode == 0, $"{helm} {verb}: {command.Transcript}");
    }
}
