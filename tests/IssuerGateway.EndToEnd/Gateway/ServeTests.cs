using System.Net;
using System.Text.Json;
using IssuerGateway.Demo.RelyingParty;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;

namespace IssuerGateway.EndToEnd.Gateway;

public sealed class ServeTests
{
    private const string Discovery = "/.well-known/openid-configuration";
    private const string KeySet = "/openid/v1/jwks";

    [Fact]
    public async Task Publishes_the_bytes_of_the_API_server_and_none_of_its_headers()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync();
        using HttpClient relyingParty = site.Public();

        HttpResponseMessage keys = await relyingParty.GetAsync(KeySet);

        Assert.Equal($"{{\"keys\":[{site.Cluster.Server.Keys[0].Jwk}]}}", await keys.Content.ReadAsStringAsync());
        Assert.Equal(
            ["Cache-Control", "Content-Length", "Content-Type", "Date", "ETag", "Strict-Transport-Security", "Vary", "X-Content-Type-Options"],
            keys.Headers.Concat(keys.Content.Headers).Select(header => header.Key).Order());
        Assert.Equal(
            $$"""{"issuer":"{{site.Issuer}}","jwks_uri":"{{site.Issuer}}/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""",
            await relyingParty.GetStringAsync(Discovery));
    }

    [Fact]
    public async Task A_relying_party_validates_a_fresh_token_over_HTTP_2()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync();
        using HttpClient relyingParty = site.Public();
        using HttpRequestMessage request = new(HttpMethod.Get, KeySet) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal(HttpVersion.Version20, (await relyingParty.SendAsync(request)).Version);

        ServiceAccount account = site.Cluster.AddAccount("default", "azure-demo");
        string token = site.Cluster.Server.Mint(account, ["api://AzureADTokenExchange"]).Text;
        using StrictDocumentRetriever documents = new(System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(site.RootFile));
        StrictRelyingParty entra = new(new FederatedCredential(site.Issuer, "system:serviceaccount:default:azure-demo", "api://AzureADTokenExchange"), documents, TimeProvider.System);

        Assert.Empty((await entra.ValidateAsync(token)).Reasons);
    }

    [Fact]
    public async Task A_thousand_cold_requests_cause_no_upstream_request_beyond_the_schedule()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        site.Cluster.Server.Break(FaultKind.Hang);
        await using GatewayRun gateway = site.Serve("Refresh:Interval=1h", "Refresh:MaxBackoff=1h");
        await GatewayFixture.WaitAsync(async () => await site.StatusOfAsync("/livez") == HttpStatusCode.OK && File.Exists(site.RootFile), () => gateway.Error);
        await site.Cluster.Server.Requests.WaitForAsync(Discovery, 1).WaitAsync(GatewayRun.WaitLimit);
        using HttpClient relyingParty = site.Public();
        await GatewayFixture.WaitAsync(() => IsListeningAsync(relyingParty), () => gateway.Output);

        HttpStatusCode[] cold = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async i =>
            (await relyingParty.GetAsync(i % 2 == 0 ? Discovery : KeySet)).StatusCode));

        Assert.All(cold, status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
        Assert.Equal(1, site.Cluster.Server.Requests.Count(Discovery));
        Assert.True(site.Cluster.Server.Requests.Count(KeySet) <= 1);
    }

    [Fact]
    public async Task Nothing_of_a_request_crosses_upstream()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync();
        using HttpClient relyingParty = site.Public();
        relyingParty.DefaultRequestHeaders.Add("X-Canary", "crossing");
        relyingParty.DefaultRequestHeaders.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        await relyingParty.GetAsync(KeySet + "?crossing=1");
        await relyingParty.GetAsync("/api/v1/crossing");
        await gateway.SignalAsync("HUP");
        await site.Cluster.Server.Requests.WaitForAsync(KeySet, 2).WaitAsync(GatewayRun.WaitLimit);

        Assert.All(site.Cluster.Server.Requests.All, request =>
        {
            Assert.DoesNotContain("crossing", request.Target, StringComparison.Ordinal);
            Assert.DoesNotContain(request.Headers, header => header.Key is "X-Canary" or "traceparent" || header.Value.Contains("crossing", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task SIGHUP_fetches_at_once()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync("Refresh:Interval=1h", "Refresh:MaxBackoff=1h");
        int before = site.Cluster.Server.Requests.Count(KeySet);

        await gateway.SignalAsync("HUP");

        await site.Cluster.Server.Requests.WaitForAsync(KeySet, before + 1).WaitAsync(GatewayRun.WaitLimit);
    }

    [Fact]
    public async Task Restarted_while_every_API_server_is_down_it_serves_from_disk()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync(servers: 3);
        string published;
        await using (GatewayRun first = await site.ServeUntilReadyAsync())
        {
            using HttpClient relyingParty = site.Public();
            published = await relyingParty.GetStringAsync(KeySet);
        }

        foreach (StandInApiServer server in site.Cluster.Servers)
        {
            await server.StopAsync();
        }

        File.Delete(site.RootFile);
        await using GatewayRun second = site.Serve();
        await GatewayFixture.WaitAsync(() => Task.FromResult(File.Exists(site.RootFile)), () => second.Error);
        using HttpClient again = site.Public();
        await GatewayFixture.WaitAsync(() => IsListeningAsync(again), () => second.Output);
        Assert.Equal(published, await again.GetStringAsync(KeySet));
    }

    [Fact]
    public async Task Killed_in_a_loop_while_it_persists_it_never_leaves_a_torn_file()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using (GatewayRun first = await site.ServeUntilReadyAsync())
        {
        }

        for (int round = 0; round < 10; round++)
        {
            // A new key each time makes the documents, so the state, change.
            site.Cluster.Server.AddKey(ServiceAccountKey.Create(SigningAlgorithm.ES256));
            await using GatewayRun gateway = site.Serve();
            await site.Cluster.Server.Requests.WaitForAsync(KeySet, 2 + round).WaitAsync(GatewayRun.WaitLimit);
            gateway.Kill();
            await gateway.ExitAsync();
            Assert.All(Directory.GetFiles(site.State, "*.json"), file => JsonDocument.Parse(File.ReadAllBytes(file)).Dispose());
        }
    }

    [Fact]
    public async Task Ten_gateways_on_one_state_directory_never_tear_a_file()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using (GatewayRun first = await site.ServeUntilReadyAsync())
        {
        }

        GatewayRun[] gateways = [.. Enumerable.Range(0, 10).Select(_ => site.Serve("Edge:HttpsPort=0", "Operations:Port=0"))];
        try
        {
            await site.Cluster.Server.Requests.WaitForAsync(KeySet, 11).WaitAsync(GatewayRun.WaitLimit);
            Assert.All(Directory.GetFiles(site.State, "*.json"), file => JsonDocument.Parse(File.ReadAllBytes(file)).Dispose());
        }
        finally
        {
            foreach (GatewayRun gateway in gateways)
            {
                await gateway.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_rolling_rotation_over_three_API_servers_never_flaps()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync(servers: 3);
        await using GatewayRun gateway = await site.ServeUntilReadyAsync();
        using HttpClient relyingParty = site.Public();
        ServiceAccountKey old = site.Cluster.Server.Keys[0];
        ServiceAccountKey added = ServiceAccountKey.Create();
        List<int> seen = [];
        foreach (StandInApiServer server in site.Cluster.Servers)
        {
            server.AddKey(added);
            await gateway.SignalAsync("HUP");
            await WaitForKeysAsync(relyingParty, 2, seen);
        }

        site.Cluster.SignWith(added);

        // As the kubelet does long before the old key goes: a token of the new one.
        site.Files.WriteToken();
        foreach (StandInApiServer server in site.Cluster.Servers)
        {
            server.RemoveKey(old);
            await gateway.SignalAsync("HUP");
        }

        await WaitForKeysAsync(relyingParty, 1, seen, async () => await gateway.SignalAsync("HUP"));

        // One key, then two for the whole rotation, then one: each change happens once.
        Assert.Equal([2, 1], seen.SkipWhile(count => count == 1).Aggregate(new List<int>(), (runs, count) => runs.Count > 0 && runs[^1] == count ? runs : [.. runs, count]));
    }

    [Fact]
    public async Task SIGTERM_drains_without_a_failed_request()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync("Shutdown:Delay=2s");
        using HttpClient relyingParty = site.Public();
        int responded = 0;
        using CancellationTokenSource draining = new();
        Task[] visitors = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!draining.IsCancellationRequested)
            {
                Assert.Equal(HttpStatusCode.OK, (await relyingParty.GetAsync(KeySet)).StatusCode);
                Interlocked.Increment(ref responded);
            }
        }))];

        await gateway.SignalAsync("TERM");
        await GatewayFixture.WaitAsync(async () => await site.StatusOfAsync("/readyz") == HttpStatusCode.ServiceUnavailable, () => gateway.Output);
        int before = responded;
        await GatewayFixture.WaitAsync(() => Task.FromResult(responded > before + 50), () => "no request was served while draining");
        await draining.CancelAsync();
        await Task.WhenAll(visitors);

        Assert.Equal(0, await gateway.ExitAsync());
    }

    [Fact]
    public async Task Tells_operators_what_they_need_and_the_public_nothing()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync();
        using HttpClient relyingParty = site.Public();
        await relyingParty.GetAsync(KeySet);
        site.Cluster.Server.Break(FaultKind.PrivateKey, FaultTarget.KeySet);
        await gateway.SignalAsync("HUP");
        await GatewayFixture.WaitAsync(async () => (await site.OperationsAsync("/status")).Contains("\"private-key\"", StringComparison.Ordinal), () => gateway.Output);

        using (JsonDocument status = JsonDocument.Parse(await site.OperationsAsync("/status")))
        {
            JsonElement server = Assert.Single(status.RootElement.GetProperty("servers").EnumerateArray());
            Assert.Equal((site.Issuer, "healthy"), (server.GetProperty("issuer").GetString(), server.GetProperty("fetch").GetString()));
        }

        string metrics = await site.OperationsAsync("/metrics");
        Assert.Contains($"issuer_gateway_findings{{issuer=\"{site.Issuer}\",rule=\"private-key\",severity=\"error\"}} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("issuer_gateway_requests_total{document=\"jwks\",status=\"200\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("issuer_gateway_build_info{version=", metrics, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/readyz"));
        Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/livez"));
        Assert.Equal(HttpStatusCode.OK, (await relyingParty.GetAsync(KeySet)).StatusCode);
        foreach (string path in (string[])["/metrics", "/status", "/readyz", "/livez"])
        {
            HttpResponseMessage response = await relyingParty.GetAsync(path);
            Assert.Equal((HttpStatusCode.NotFound, ""), (response.StatusCode, await response.Content.ReadAsStringAsync()));
        }
    }

    private static async Task<bool> IsListeningAsync(HttpClient http)
    {
        try
        {
            await http.GetAsync("/");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task WaitForKeysAsync(HttpClient http, int count, List<int> seen, Func<Task>? between = null) => await GatewayFixture.WaitAsync(
        async () =>
        {
            using JsonDocument keys = JsonDocument.Parse(await http.GetStringAsync(KeySet));
            seen.Add(keys.RootElement.GetProperty("keys").GetArrayLength());
            await (between?.Invoke() ?? Task.CompletedTask);
            return seen[^1] == count;
        },
        () => $"never {count} keys, but {string.Join(" ", seen.TakeLast(5))}");
}
