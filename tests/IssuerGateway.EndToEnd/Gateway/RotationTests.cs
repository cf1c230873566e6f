using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>The rotation of a signing key over three API servers, in the safe order and in the wrong one.</summary>
public sealed class RotationTests
{
    private const string Rule = "\"signing-key-unpublished\"";

    [Fact]
    public async Task In_the_safe_order_no_token_is_ever_signed_by_an_unpublished_key()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync(servers: 3);
        string canary = WriteCanary(site);
        await using GatewayRun gateway = await site.ServeUntilReadyAsync($"Issuers:0:CanaryTokenFile={canary}");
        ServiceAccountKey old = site.Cluster.Server.Keys[0];

        // 1. the public key on every API server, 2. wait (here until keys shows it), 3. sign with it, 4. take the old one away.
        ServiceAccountKey added = site.Cluster.AddKey();
        await UntilAsync(site, gateway, status => status.Contains(added.KeyId, StringComparison.Ordinal));
        site.Cluster.SignWith(added);
        WriteCanary(site);
        site.Files.WriteToken();
        await UntilAsync(site, gateway, status => status.Contains("\"fetch\": \"healthy\"", StringComparison.Ordinal));
        Assert.DoesNotContain(Rule, await site.OperationsAsync("/status"), StringComparison.Ordinal);
        site.Cluster.RemoveKey(old);
        await UntilAsync(site, gateway, status => status.Contains("\"removed\": \"", StringComparison.Ordinal));

        await gateway.PrintsAsync($"Key removed: issuer \\\"{site.Issuer}\\\" no longer publishes kid \\\"{old.KeyId}\\\"");
        Assert.DoesNotContain("signing-key-unpublished", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_the_wrong_order_the_canary_says_so_at_once()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync(servers: 3);
        string canary = WriteCanary(site);
        await using GatewayRun gateway = await site.ServeUntilReadyAsync($"Issuers:0:CanaryTokenFile={canary}");
        ServiceAccountKey unpublished = ServiceAccountKey.Create();

        // Signed before it was published: what some guides do in one step.
        site.Cluster.Server.SignWith(unpublished);
        WriteCanary(site);
        await UntilAsync(site, gateway, status => status.Contains(Rule, StringComparison.Ordinal));
        Assert.Contains($"issuer_gateway_signing_key_unpublished{{issuer=\"{site.Issuer}\"}} 1\n", await site.OperationsAsync("/metrics"), StringComparison.Ordinal);
        await gateway.PrintsAsync("which no API server publishes");
        Assert.Contains($"own token: signed by kid \\\"{unpublished.KeyId}\\\", which no API server publishes", gateway.Output.Replace("\\\\", "\\", StringComparison.Ordinal), StringComparison.Ordinal);

        foreach (StandInApiServer server in site.Cluster.Servers)
        {
            server.AddKey(unpublished);
        }

        await UntilAsync(site, gateway, status => !status.Contains(Rule, StringComparison.Ordinal));
    }

    private static string WriteCanary(GatewayFixture site)
    {
        string path = site.PathOf("canary");
        File.WriteAllText(path, site.Cluster.Server.Mint(site.Cluster.Gateway, ["issuer-gateway"]).Text);
        return path;
    }

    private static Task UntilAsync(GatewayFixture site, GatewayRun gateway, Func<string, bool> condition) =>
        GatewayFixture.WaitAsync(async () => condition(await site.OperationsAsync("/status")), () => gateway.Output);
}
