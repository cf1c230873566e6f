using System.Diagnostics;
using System.Globalization;
using System.Net;
using IssuerGateway.EndToEnd.Faults;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>
/// The memory limit of the chart while each connection holds as much as a client can make it hold, from one address, as
/// behind a load balancer that hides addresses.
/// </summary>
[Collection(RunsAlone.Name)]
public sealed class MemoryTests
{
    /// <summary>resources.limits.memory of the chart.</summary>
    private const int Limit = 256 << 20;

    private static readonly TimeSpan longest = TimeSpan.FromSeconds(20);

    /// <summary>Each way to hold memory; in a short run (tests/run.sh without --long) the two that hold most.</summary>
    public static IEnumerable<TheoryDataRow<string, int>> Attacks() =>
    [
        .. WorstConnection.All.Keys.Select(name => new TheoryDataRow<string, int>(name, 256) { Explicit = name != WorstConnection.OpenWindow }),
        new(WorstConnection.All.Keys.First(), 1000) { Explicit = true },
        new(WorstConnection.ClosedWindow, 1000),
        new(WorstConnection.OpenWindow, 1000) { Explicit = true },
        new(WorstConnection.Pipelined, 1000) { Explicit = true },
    ];

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Stays_within_the_memory_limit_serves_others_and_ends_on_SIGTERM(string name, int count)
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        for (int i = 0; i < 11; i++)
        {
            site.Cluster.AddKey();
        }

        using MemoryBound bound = MemoryBound.Of(Limit);
        await using GatewayRun gateway = await site.ServeInAsync(bound.CommandPrefix, bound.Variables, "Refresh:Interval=1h", "Edge:ClientAddress=ProxyProtocol",
            "Edge:ProxyProtocol:TrustedSources=127.0.0.0/8", "Edge:MaxConnectionsPerAddress=10000", "Edge:HandshakesPerAddress:PerSecond=10000", "Edge:HandshakesPerAddress:Burst=10000");
        HonestClients before = new(site, isPlain: false);
        await before.QueryUntilAsync(Task.Delay(TimeSpan.FromSeconds(1)));
        ProcessUse rest = ProcessUse.Of(gateway.Id);

        using CancellationTokenSource over = new();
        HonestClients honest = new(site, isPlain: false);
        Task attack = AttackAsync(site.Port, WorstConnection.All[name], count, over.Token);
        Task asking = honest.QueryUntilAsync(attack);
        long peak = 0;
        long held = 0;
        for (long since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < longest; await Task.Delay(200))
        {
            peak = Math.Max(peak, ResidentOf(gateway));
            held = Math.Max(held, await ConnectionsAsync(site));
        }

        await over.CancelAsync();
        await attack;
        await asking;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"hostile: memory: {name}: {count} connections, {held} held; {honest.Show()}; {rest.Resident >> 20} -> {peak >> 20} MiB, {(peak - rest.Resident) / 1024 / Math.Max(1, held)} KiB a connection; {bound.Means}");

        Assert.True(peak < Limit, $"{peak >> 20} MiB");

        // With more attackers than places the machine itself is what honest clients wait for; FairnessTests counts them.
        Assert.True(count > 256 ? honest.Responded > 0 : honest.Failures.Count <= honest.Responded / 100, $"{honest.Show()}\n{string.Join('\n', honest.Failures.Take(5))}\n{gateway.Output}\n{gateway.Error}");
        await gateway.SignalAsync("TERM");
        Assert.Equal(0, await gateway.ExitAsync());
    }

    private static long ResidentOf(GatewayRun gateway)
    {
        try
        {
            return ProcessUse.Of(gateway.Id).Resident;
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"The process has ended: {gateway.Error}", e);
        }
    }

    private static async Task AttackAsync(int port, Func<int, IPAddress, CancellationToken, Task> holdAsync, int count, CancellationToken end)
    {
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                // One that the gateway closes is opened again, as an attacker would.
                await Attack.SurviveAsync(() => holdAsync(port, ClientSide.Attacker, end));
                await Attack.SurviveAsync(() => Task.Delay(TimeSpan.FromSeconds(1), end));
            }
        }, CancellationToken.None)));
    }

    private static async Task<long> ConnectionsAsync(GatewayFixture site)
    {
        try
        {
            string line = (await site.OperationsAsync("/metrics")).Split('\n').Single(each => each.StartsWith("issuer_gateway_connections ", StringComparison.Ordinal));
            return long.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }
}
