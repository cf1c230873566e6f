using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.EndToEnd.Faults;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>
/// All places taken by connections that are kept just busy, in each way of knowing the client and with the limits that
/// the chart's memory limit gives by default. Honest clients still get in.
/// </summary>
[Collection(RunsAlone.Name)]
public sealed class FairnessTests
{
    /// <summary>resources.limits.memory of the chart; the connections of the gateway are computed from it.</summary>
    private const int Memory = 256 << 20;

    /// <summary>More than there are places.</summary>
    private const int Connections = 450;

    private static readonly TimeSpan half = TimeSpan.FromMilliseconds(500);

    /// <summary>Until all places are taken; after that honest clients are counted.</summary>
    private static readonly TimeSpan phase = TimeSpan.FromSeconds(10);

    /// <summary>Each attack in each mode; in a short run (tests/run.sh without --long) two, and none of the mode Unknown, in which a slow machine loses more than 1 % of the honest.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Attacks() =>
        from mode in (string[])["Unknown", "Direct", "ProxyProtocol"]
        from what in (string[])["PING", "404", "document", "nothing"]
        select new TheoryDataRow<string, string>(mode, what) { Explicit = (mode, what) is not (("Direct", "404") or ("ProxyProtocol", "nothing")) };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Honest_clients_get_in_while_every_place_is_kept_busy(string mode, string what)
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        using MemoryBound bound = MemoryBound.Of(Memory);
        string[] settings = mode == "ProxyProtocol" ? ["Edge:ClientAddress=ProxyProtocol", "Edge:ProxyProtocol:TrustedSources=127.0.0.0/8"] : [$"Edge:ClientAddress={mode}"];
        await using GatewayRun gateway = await site.ServeInAsync(bound.CommandPrefix, bound.Variables, ["Refresh:Interval=1h", .. settings]);
        Task<NetworkStream> HonestAsync(int port, CancellationToken stop) => ConnectAsync(mode, port, -1, stop);

        using CancellationTokenSource over = new();
        Task attack = Task.WhenAll(Enumerable.Range(0, Connections).Select(i => Task.Run(() => KeepBusyAsync(mode, what, site.Port, i, over.Token))));
        long most = 0;
        for (long since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < phase; await Task.Delay(half))
        {
            most = Math.Max(most, await ConnectionsAsync(site));
        }

        HonestClients honest = new(site, isPlain: false, HonestAsync);
        await honest.QueryUntilAsync(WhenQueriedAsync(honest));
        int rejected = await RejectedAsync(site);
        await over.CancelAsync();
        await attack;

        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"hostile: fairness: {mode}, {what} each half second on {Connections} connections, {most} held: {honest.Show()}; {rejected} rejected or replaced"));
        int requested = honest.Responded + honest.Failures.Count;
        Assert.True(honest.Failures.Count * 100 <= requested, $"{honest.Show()}\n{string.Join('\n', honest.Failures.Take(5))}\n{gateway.Output}");
        await gateway.SignalAsync("TERM");
        Assert.Equal(0, await gateway.ExitAsync());
    }

    // As many as can be counted in per cent, on however slow a machine.
    private static async Task WhenQueriedAsync(HonestClients honest)
    {
        for (long since = Stopwatch.GetTimestamp(); honest.Responded + honest.Failures.Count < 300 && Stopwatch.GetElapsedTime(since) < Attack.WaitLimit;)
        {
            await Task.Delay(half);
        }
    }

    private static async Task KeepBusyAsync(string mode, string what, int port, int number, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            // One that the gateway closes comes back, as an attacker's would.
            await Attack.SurviveAsync(() => what switch
            {
                "PING" => PingAsync(mode, port, number, end),
                "nothing" => HoldAsync(mode, port, number, end),
                _ => QueryAsync(mode, port, number, what == "404" ? "/other" : "/openid/v1/jwks", end),
            });
            await Attack.SurviveAsync(() => Task.Delay(half, end));
        }
    }

    private static async Task PingAsync(string mode, int port, int number, CancellationToken end)
    {
        await using RawHttp2 connection = await RawHttp2.OpenAsync(await ConnectAsync(mode, port, number, end), end);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(end);
        Task reading = connection.DrainAsync(ended.Token);
        try
        {
            while (!reading.IsCompleted)
            {
                await connection.SendAsync(RawHttp2.FrameBytes(RawHttp2.Ping, 0, 0, new byte[8]), ended.Token);
                await Task.Delay(half, ended.Token);
            }
        }
        finally
        {
            await ended.CancelAsync();
            await Attack.SurviveAsync(() => reading);
        }
    }

    private static async Task QueryAsync(string mode, int port, int number, string target, CancellationToken end)
    {
        await using SslStream tls = await ClientSide.TlsAsync(await ConnectAsync(mode, port, number, end), end);
        byte[] request = Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
        byte[] buffer = new byte[8192];
        do
        {
            await tls.WriteAsync(request, end);
            await Task.Delay(half, end);
        }
        while (await tls.ReadAsync(buffer, end) > 0);
    }

    private static async Task HoldAsync(string mode, int port, int number, CancellationToken end)
    {
        await using NetworkStream stream = await ConnectAsync(mode, port, number, end);
        await ClientSide.HoldAsync(stream, end);
    }

    /// <param name="number">Of an attacker's connection; below zero the honest client.</param>
    private static Task<NetworkStream> ConnectAsync(string mode, int port, int number, CancellationToken end) => mode switch
    {
        // Nine addresses: one could not have all places.
        "ProxyProtocol" => ClientSide.ConnectAsync(port, number < 0 ? ClientSide.Honest : IPAddress.Parse($"203.0.113.{1 + (number % 9)}"), end),
        "Direct" => ClientSide.SendAsync(port, ReadOnlyMemory<byte>.Empty, end, local: IPAddress.Parse(number < 0 ? "127.0.0.1" : $"127.0.2.{1 + (number % 9)}")),
        _ => ClientSide.SendAsync(port, ReadOnlyMemory<byte>.Empty, end),
    };

    private static async Task<long> ConnectionsAsync(GatewayFixture site) => await MetricsAsync(site, "issuer_gateway_connections ");

    private static async Task<int> RejectedAsync(GatewayFixture site) => (int)await MetricsAsync(site, "issuer_gateway_connections_refused_total{");

    private static async Task<long> MetricsAsync(GatewayFixture site, string beginning) =>
        (await site.OperationsAsync("/metrics")).Split('\n').Where(line => line.StartsWith(beginning, StringComparison.Ordinal)).Sum(line => long.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));
}
