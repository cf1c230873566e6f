using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>Memory that runs out all the same, because an operator allows more connections than fit: the process ends at once and does not hang.</summary>
[Collection(RunsAlone.Name)]
public sealed class MemoryExhaustionTests
{
    /// <summary>DOTNET_GCHeapHardLimit, which is hexadecimal: 48 MiB.</summary>
    private const string HeapLimit = "3000000";

    /// <summary>
    /// EX_SOFTWARE of MemoryExhaustion; SIGABRT where the runtime itself gives up; SIGSEGV where there is no room even for
    /// the arguments of the handler: the runtime then raises the next OutOfMemoryException within the one before, until the stack ends.
    /// </summary>
    private static readonly int[] ends = [70, 134, 139];

    [Fact]
    public async Task Ends_the_process_for_its_supervisor_to_restart()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeInAsync([], [("DOTNET_GCHeapHardLimit", HeapLimit), ("DOTNET_DbgEnableMiniDump", "0")],
            "Refresh:Interval=1h", "Edge:MaxConnections=4000", "Edge:ClientAddress=ProxyProtocol", "Edge:ProxyProtocol:TrustedSources=127.0.0.0/8",
            "Edge:MaxConnectionsPerAddress=4000", "Edge:HandshakesPerAddress:PerSecond=10000", "Edge:HandshakesPerAddress:Burst=10000");
        using CancellationTokenSource over = new(Attack.WaitLimit);
        Task attack = Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                await Attack.SurviveAsync(() => WorstConnection.All[WorstConnection.ClosedWindow](site.Port, ClientSide.Attacker, over.Token));
                await Attack.SurviveAsync(() => Task.Delay(200, over.Token));
            }
        })));

        int exitCode = await gateway.ExitAsync(Attack.WaitLimit);
        await over.CancelAsync();
        await attack;

        TestContext.Current.TestOutputHelper?.WriteLine($"hostile: memory exhausted: ended with {exitCode}: {gateway.Error}");
        Assert.Contains(exitCode, ends);
    }
}
