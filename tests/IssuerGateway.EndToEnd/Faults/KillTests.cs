using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Issuers;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>kill -9 while it refreshes and persists, again and again (issuance: PebbleTests and RestartTests).</summary>
public sealed class KillTests
{
    private const string KeySet = "/openid/v1/jwks";

    /// <summary>Documents, key history and key provenance.</summary>
    private const int StateFiles = 3;

    /// <summary>Rounds; ISSUER_GATEWAY_KILL_ROUNDS makes it more.</summary>
    private static readonly int rounds = int.Parse(Environment.GetEnvironmentVariable("ISSUER_GATEWAY_KILL_ROUNDS") ?? "24", CultureInfo.InvariantCulture);

    [Fact]
    public async Task After_each_of_dozens_of_kills_it_serves_a_whole_version_and_reads_its_state()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        List<string> versions = [Version(site)];
        await using (GatewayRun first = await site.ServeUntilReadyAsync())
        {
            await GatewayFixture.WaitAsync(() => Task.FromResult(Directory.GetFiles(site.State, "*.json").Length == StateFiles), () => first.Output);
        }

        TimeSpan span = await KeptAfterAsync(site, versions);
        int before = 0;
        Random random = new(8);
        using HttpClient relyingParty = GatewayFixture.Unverified(site.Issuer);
        relyingParty.DefaultRequestHeaders.ConnectionClose = true;
        for (int round = 0; round < rounds; round++)
        {
            bool isUpstreamGone = round % 3 == 2;
            if (isUpstreamGone)
            {
                site.Cluster.Server.Break(FaultKind.Hang);
            }
            else
            {
                site.Cluster.Server.Repair();
                Rotate(site, versions);
            }

            int requested = site.Cluster.Server.Requests.Count(KeySet);
            await using GatewayRun gateway = site.Serve();

            // Last-known-good or the new version: from the first response on.
            string? served = null;
            await GatewayFixture.WaitAsync(async () => (served = await QueryAsync(relyingParty)) is not null, () => $"round {round}\n{gateway.Output}\n{gateway.Error}");
            Assert.Contains(served, versions);
            Assert.DoesNotContain("-unreadable", gateway.Output, StringComparison.Ordinal);
            if (!isUpstreamGone)
            {
                await site.Cluster.Server.Requests.WaitForAsync(KeySet, requested + 1).WaitAsync(GatewayRun.WaitLimit);
            }

            // Validating, swapping and the two writes lie within this time from here: each round ends elsewhere in them, or after.
            await Task.Delay(span * 2 * random.NextDouble());
            gateway.Kill();
            await gateway.ExitAsync();
            string kept = Kept(site);
            Assert.Contains(kept, versions);
            before += !isUpstreamGone && kept != versions[^1] ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{rounds} kills within {span.TotalMilliseconds * 2:0} ms of a fetch: {before} before the new version was kept, {Directory.GetFiles(site.State, ".*.tmp").Length} in a write");

        // What the killed writes left stays below what ten minutes of them can leave, and everything else is whole.
        Assert.Equal(StateFiles, Directory.GetFiles(site.State, "*.json").Length);
        Assert.True(Directory.GetFiles(site.State).Length <= StateFiles + rounds);
        site.Cluster.Server.Repair();
        await using GatewayRun last = await site.ServeUntilReadyAsync();
        Assert.Equal(versions[^1], await QueryAsync(relyingParty));
    }

    /// <summary>How long after its fetch a new version is on disk here: the moments to kill at lie within that.</summary>
    private static async Task<TimeSpan> KeptAfterAsync(GatewayFixture site, List<string> versions)
    {
        Rotate(site, versions);
        int requested = site.Cluster.Server.Requests.Count(KeySet);
        await using GatewayRun gateway = site.Serve();
        await site.Cluster.Server.Requests.WaitForAsync(KeySet, requested + 1).WaitAsync(GatewayRun.WaitLimit);
        long began = Stopwatch.GetTimestamp();
        await GatewayFixture.WaitAsync(() => Task.FromResult(Kept(site) == versions[^1]), () => $"not kept\n{gateway.Output}\n{gateway.Error}");
        return Stopwatch.GetElapsedTime(began);
    }

    private static void Rotate(GatewayFixture site, List<string> versions)
    {
        site.Cluster.AddKey(SigningAlgorithm.ES256);
        versions.Add(Version(site));
    }

    // Both files are whole at any moment; the documents are reported.
    private static string Kept(GatewayFixture site)
    {
        Assert.All(Directory.GetFiles(site.State, "*.json"), file => JsonNode.Parse(File.ReadAllBytes(file)));
        return Encoding.UTF8.GetString(Convert.FromBase64String((string)JsonNode.Parse(File.ReadAllBytes(Directory.GetFiles(site.State, "issuer-*.json").Single()))!["KeySet"]!));
    }

    private static string Version(GatewayFixture site) => $"{{\"keys\":[{string.Join(",", site.Cluster.Server.Keys.Select(key => key.Jwk))}]}}";

    private static async Task<string?> QueryAsync(HttpClient http)
    {
        try
        {
            return await http.GetStringAsync(KeySet);
        }
        catch (HttpRequestException e) when (e.StatusCode is null)
        {
            return null;
        }
    }
}
