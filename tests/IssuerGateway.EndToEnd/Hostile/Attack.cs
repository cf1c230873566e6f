using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using IssuerGateway.Ctl.Parties.EntraApp.Registering;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>
/// A gateway that is attacked for a few seconds while honest clients send requests. Afterwards no honest request has failed, and
/// sockets and memory of the gateway are about what they were. ISSUER_GATEWAY_ATTACK_SECONDS lengthens the attack.
/// </summary>
internal sealed class Attack : IAsyncDisposable
{
    /// <summary>For what must come about in the end, on however slow a machine.</summary>
    public static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(3);

    /// <summary>An unbounded leak passes this; the garbage collector's own swing does not.</summary>
    public const int MemoryMargin = 64;

    private const int MostLogLines = 100;

    private static readonly TimeSpan look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan tick = TimeSpan.FromMilliseconds(10);

    private readonly GatewayFixture site;
    private readonly GatewayRun gateway;
    private readonly bool isPlain;

    private Attack(GatewayFixture site, GatewayRun gateway, bool isPlain)
    {
        this.site = site;
        this.gateway = gateway;
        this.isPlain = isPlain;
    }

    public static TimeSpan Length { get; } = TimeSpan.FromSeconds(
        int.Parse(Environment.GetEnvironmentVariable("ISSUER_GATEWAY_ATTACK_SECONDS") ?? "3", CultureInfo.InvariantCulture));

    /// <summary>The one public port, that of TLS unless it is off.</summary>
    public int Port => site.Port;

    public int OperationsPort => site.OperationsPort;

    public static Task<Attack> PrepareAsync(params IEnumerable<string> settings) => PrepareAsync(isPlain: false, settings);

    /// <param name="isPlain">Without TLS, as behind a proxy that ends it: the plain port serves the documents.</param>
    public static async Task<Attack> PrepareAsync(bool isPlain, params IEnumerable<string> settings)
    {
        GatewayFixture site = await GatewayFixture.StartAsync();
        string[] plain = isPlain ? ["Tls:Mode=None", "Tls:SelfSigned:ExportFile=", $"Edge:HttpPort={site.Port}"] : [];
        return new Attack(site, await site.ServeUntilReadyAsync(
            ["Edge:ClientAddress=ProxyProtocol", "Edge:ProxyProtocol:TrustedSources=127.0.0.0/8", "Refresh:Interval=1h", .. plain, .. settings]), isPlain);
    }

    /// <summary>A connection on which a request of HTTP/1.1 may follow.</summary>
    public async Task<Stream> OpenAsync(IPAddress from, CancellationToken cancellationToken, int? receiveBuffer = null) => isPlain
        ? await ClientSide.ConnectAsync(Port, from, cancellationToken, receiveBuffer)
        : await ClientSide.TlsAsync(Port, from, cancellationToken, receiveBuffer: receiveBuffer);

    /// <summary>Runs the attack beside the honest clients, validates, and prints one line (option -showLiveOutput of the test program).</summary>
    /// <param name="attackAsync">Ends when its token does or before, and says what it did.</param>
    public async Task RunAsync(string name, Func<CancellationToken, Task<string>> attackAsync, int memoryMargin = MemoryMargin)
    {
        // Code, pools and buffers are what they will be, before anything is compared.
        HonestClients first = new(site, isPlain);
        await first.QueryUntilAsync(WhenRespondedAsync(first, 200));
        Assert.Empty(first.Failures);
        int sockets = await CalmSocketsAsync();
        long memory = Memory();

        HonestClients honest = new(site, isPlain);
        using CancellationTokenSource over = new(Length);
        Task<string> attack = Task.Run(() => attackAsync(over.Token));
        Task asking = honest.QueryUntilAsync(attack);
        long peak = memory;
        int mostSockets = sockets;
        while (!asking.IsCompleted)
        {
            await Task.WhenAny(asking, Task.Delay(look));
            peak = Math.Max(peak, Memory());
            mostSockets = Math.Max(mostSockets, Sockets());
        }

        await asking;
        string done = await attack;
        string rejected = await RejectedAsync();
        await WaitAsync(() => Task.FromResult(Sockets() <= sockets + 2), () => $"{name}: {Sockets()} sockets, {sockets} before");

        // A socket may be closed and its connection live on, with all its buffers.
        await WaitAsync(async () => await ConnectionsAsync() == 0, () => $"{name}: connections without a socket");
        long after = Memory();
        string line = $"hostile: {name}: {done}; {honest.Show()}; sockets {sockets} -> {mostSockets} -> {Sockets()}, memory {memory} -> {peak} -> {after} MB{rejected}";
        TestContext.Current.TestOutputHelper?.WriteLine(line);

        Assert.True(honest.Failures.Count == 0, $"{name}: {string.Join('\n', honest.Failures.Take(5))}\n{gateway.Output}");
        Assert.True(honest.Responded > 0, name);
        Assert.True(after - memory < memoryMargin, $"{name}: memory {memory} -> {after} MB");

        // Nothing that a stranger sends is an error of the gateway, nor fills its log.
        string[] log = gateway.Output.Split('\n');
        foreach (string entry in log)
        {
            Assert.False(entry.Contains("\"@l\":\"Error\"", StringComparison.Ordinal) || entry.Contains("\"@l\":\"Fatal\"", StringComparison.Ordinal), $"{name}: {entry}");
        }

        Assert.True(log.Length < MostLogLines, $"{name}: {log.Length} lines\n{string.Join('\n', log.Take(50))}");
        Assert.Equal("", gateway.Error);
    }

    /// <summary>As the other, with so many exchanges a second, each of which ends with the number of responses that it returns: exactly one is right.</summary>
    public async Task RunWithResponsesAsync(string name, int rate, Func<CancellationToken, Task<int>> respondsAsync)
    {
        using CancellationTokenSource waitLimit = new(WaitLimit);
        ConcurrentQueue<string> wrong = new();
        await RunAsync(name, async end => $"{await PaceAsync(rate, _ => ValidateAsync(), end)} connections, each with a response");
        Assert.Empty(wrong);

        async Task ValidateAsync()
        {
            try
            {
                if (await respondsAsync(waitLimit.Token) is not 1 and int count)
                {
                    wrong.Enqueue($"{count} responses");
                }
            }
            catch (Exception e) when (ClientSide.IsEnd(e))
            {
                wrong.Enqueue(e.Message);
            }
        }
    }

    /// <summary>Starts <paramref name="rate"/> exchanges a second until the end; what ends one is expected.</summary>
    public static async Task<int> PaceAsync(int rate, Func<CancellationToken, Task> exchangeAsync, CancellationToken end)
    {
        List<Task> running = [];
        int started = 0;
        long since = Stopwatch.GetTimestamp();
        while (!end.IsCancellationRequested)
        {
            while (started < rate * Stopwatch.GetElapsedTime(since).TotalSeconds)
            {
                started++;
                running.Add(Task.Run(() => SurviveAsync(() => exchangeAsync(end)), CancellationToken.None));
            }

            running.RemoveAll(task => task.IsCompletedSuccessfully);
            await Task.Delay(tick, CancellationToken.None);
        }

        await Task.WhenAll(running);
        return started;
    }

    public static async Task SurviveAsync(Func<Task> exchangeAsync)
    {
        try
        {
            await exchangeAsync();
        }
        catch (Exception e) when (ClientSide.IsEnd(e))
        {
            // The gateway ended it, or the attack is over.
        }
    }

    public Task<int> RejectedAsync(string reason) => MetricAsync($"issuer_gateway_connections_refused_total{{reason=\"{reason}\"}}");

    public Task<int> ConnectionsAsync() => MetricAsync("issuer_gateway_connections");

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await site.DisposeAsync();
    }

    private async Task<int> MetricAsync(string name)
    {
        string line = (await site.OperationsAsync("/metrics")).Split('\n').Single(each => each.StartsWith($"{name} ", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    private async Task<string> RejectedAsync()
    {
        string[] lines =
        [
            .. from line in (await site.OperationsAsync("/metrics")).Split('\n')
               where line.StartsWith("issuer_gateway_connections_refused_total{reason=\"", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal)
               select line.Split('"')[1] + line.Split('}')[1],
        ];
        return lines.Length == 0 ? "" : $"; refused {string.Join(", ", lines)}";
    }

    private static async Task WhenRespondedAsync(HonestClients clients, int count)
    {
        while (clients.Responded < count && clients.Failures.Count == 0)
        {
            await Task.Delay(tick);
        }
    }

    // The pools of the gateway's own clients give their connections up at times of their own.
    private async Task<int> CalmSocketsAsync()
    {
        int least = Sockets();
        for (int equal = 0; equal < 10; equal++)
        {
            await Task.Delay(tick);
            int now = Sockets();
            (least, equal) = now == least ? (least, equal) : (now, 0);
        }

        return least;
    }

    // Sockets alone: a gateway that is not native opens its libraries as it comes to need them.
    private int Sockets() => Directory.GetFiles($"/proc/{gateway.Id}/fd").Count(IsSocket);

    private static bool IsSocket(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name.StartsWith("socket:", StringComparison.Ordinal) ?? false;
        }
        catch (IOException)
        {
            // Closed between the two looks.
            return false;
        }
    }

    /// <summary>Resident megabytes.</summary>
    public long Memory() => long.Parse(
        File.ReadLines($"/proc/{gateway.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    private static async Task WaitAsync(Func<Task<bool>> condition, Func<string> otherwise)
    {
        long since = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < WaitLimit, otherwise());
            await Task.Delay(look);
        }
    }
}
