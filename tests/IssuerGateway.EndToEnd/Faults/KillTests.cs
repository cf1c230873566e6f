using System.Globalization;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>kill -9 while it refreshes and persists, again and again (issuance: PebbleTests and RestartTests).</summary>
public sealed class KillTests
{
    private const string KeySet = "/openid/v1/jwks";

    /// <summary>Rounds; ISSUER_GATEWAY_KILL_ROUNDS makes it more.</summary>
    private static readonly int rounds = int.Parse(Environment.GetEnvironmentVariable("ISSUER_GATEWAY_KILL_ROUNDS") ?? "24", CultureInfo.InvariantCulture);

    [Fact]
    public async Task After_each_of_dozens_of_kills_it_serves_a_whole_version_and_reads_its_state()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        List<string> versions = [Version(site)];
        await using (GatewayRun first = await site.ServeUntilReadyAsync())
        {
            await GatewayFixture.WaitAsync(() => Task.FromResult(Directory.GetFiles(site.State, "*.json").Length == 2), () => first.Output);
        }

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
                site.Cluster.Server.Mend();
                site.Cluster.AddKey(SigningAlgorithm.ES256);
                versions.Add(Version(site));
            }

            int asked = site.Cluster.Server.Requests.Count(KeySet);
            await using GatewayRun gateway = site.Serve();

            // Last-known-good or the new version: from the first answer on.
            string? served = null;
            await GatewayFixture.WaitAsync(async () => (served = await AskAsync(relyingParty)) is not null, () => $"round {round}\n{gateway.Output}\n{gateway.Error}");
            Assert.Contains(served, versions);
            Assert.DoesNotContain("-unreadable", gateway.Output, StringComparison.Ordinal);
            if (!isUpstreamGone)
            {
                await site.Cluster.Server.Requests.WaitForAsync(KeySet, asked + 1).WaitAsync(GatewayRun.Patience);
            }

            // Judging, swapping and the two writes take some milliseconds from here: each round ends elsewhere in them.
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 20));
            gateway.Kill();
            await gateway.ExitAsync();
        }

        // What the killed writes left stays below what ten minutes of them can leave, and everything else is whole.
        Assert.Equal(2, Directory.GetFiles(site.State, "*.json").Length);
        Assert.True(Directory.GetFiles(site.State).Length <= 2 + rounds);
        site.Cluster.Server.Mend();
        await using GatewayRun last = await site.ServeUntilReadyAsync();
        Assert.Equal(versions[^1], await AskAsync(relyingParty));
    }

    private static string Version(GatewayFixture site) => $"{{\"keys\":[{string.Join(",", site.Cluster.Server.Keys.Select(key => key.Jwk))}]}}";

    private static async Task<string?> AskAsync(HttpClient http)
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
