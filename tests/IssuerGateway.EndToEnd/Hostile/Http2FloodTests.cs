namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>Floods of frames that cost the sender little, on a few connections at a bounded rate.</summary>
public sealed class Http2FloodTests
{
    private const int Connections = 4;

    private const string ManyRequests = "requests beyond MAX_CONCURRENT_STREAMS";

    /// <summary>Kestrel keeps 300 KB a connection that it has ended until it is let go, a tenth of a second later (Edge/Connections/AbandonedConnectionGuard).</summary>
    internal const int EndedMargin = 128;

    /// <summary>Batches a second on each connection.</summary>
    private const int Rate = 50;

    [Theory]
    [InlineData("rapid reset (CVE-2023-44487)")]
    [InlineData("CONTINUATION flood (CVE-2024-27316)")]
    [InlineData("SETTINGS flood")]
    [InlineData("PING flood")]
    [InlineData("empty DATA frames flood")]
    [InlineData("PRIORITY flood")]
    [InlineData("WINDOW_UPDATE flood")]
    [InlineData(ManyRequests)]
    public Task Frames_that_cost_the_sender_little(string name) =>
        RunAsync(name, name == ManyRequests ? EndedMargin : Attack.MemoryMargin, block => FloodOf(name, block));

    internal static async Task RunAsync(string name, int memoryMargin, Func<byte[], Flood> floodOf)
    {
        await using Attack attack = await Attack.PrepareAsync();
        Flood flood = floodOf(RawHttp2.Request(attack.Port));
        int frames = 0;
        int connections = 0;

        await attack.RunAsync($"HTTP/2 {name}", async end =>
        {
            await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
            {
                while (!end.IsCancellationRequested)
                {
                    Interlocked.Increment(ref connections);
                    await Attack.SurviveAsync(() => RunAsync(attack.Port, flood, count => Interlocked.Add(ref frames, count), end));
                }
            }, CancellationToken.None)));
            return $"{frames} frames on {connections} connections";
        }, memoryMargin);

        Assert.True(frames > 0);
    }

    private static async Task RunAsync(int port, Flood flood, Action<int> sent, CancellationToken end)
    {
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(port, ClientSide.AnyAttacker(), end);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(end);
        Task reading = EndWithAsync(connection, ended);
        try
        {
            if (flood.Opening.Length > 0)
            {
                await connection.SendAsync(flood.Opening, ended.Token);
            }

            for (int round = 0; ; round++)
            {
                await connection.SendAsync(flood.Batch(round), ended.Token);
                sent(flood.Frames);
                await Task.Delay(TimeSpan.FromSeconds(1.0 / Rate), ended.Token);
            }
        }
        finally
        {
            await ended.CancelAsync();
            await Attack.SurviveAsync(() => reading);
        }
    }

    private static async Task EndWithAsync(RawHttp2 connection, CancellationTokenSource ended)
    {
        try
        {
            await connection.DrainAsync(ended.Token);
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    private static Flood FloodOf(string name, byte[] block) => name.Split(' ')[0] switch
    {
        "rapid" => new([], 200, round => Repeat(100, i =>
        [
            .. RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, Stream(round, 100, i), block),
            .. RawHttp2.FrameBytes(RawHttp2.ResetStream, 0, Stream(round, 100, i), RawHttp2.Number(8)),
        ])),

        // A header block that never ends, each frame of it within every limit.
        "CONTINUATION" => new(RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndStream, 1, block), 100, round =>
            Repeat(100, i => RawHttp2.FrameBytes(RawHttp2.Continuation, 0, 1, RawHttp2.Field($"x{round}-{i}", new string('a', 20))))),
        "SETTINGS" => new([], 200, _ => Repeat(200, _ => RawHttp2.FrameBytes(RawHttp2.Settings, 0, 0, RawHttp2.Setting(4, 65_535)))),
        "PING" => new([], 200, _ => Repeat(200, _ => RawHttp2.FrameBytes(RawHttp2.Ping, 0, 0, new byte[8]))),
        "empty" => new(RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndHeaders, 1, block), 200, _ => Repeat(200, _ => RawHttp2.FrameBytes(RawHttp2.Data, 0, 1))),
        "PRIORITY" => new([], 200, round => Repeat(200, i => RawHttp2.FrameBytes(RawHttp2.Priority, 0, Stream(round, 200, i), 0, 0, 0, 0, 16))),
        "WINDOW_UPDATE" => new([], 200, _ => Repeat(200, _ => RawHttp2.FrameBytes(RawHttp2.WindowUpdate, 0, 0, RawHttp2.Number(1)))),
        "requests" => new([], 200, round => Repeat(200, i => RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, Stream(round, 200, i), block))),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such flood"),
    };

    // Odd and ever growing (RFC 9113 §5.1.1).
    internal static int Stream(int round, int each, int i) => (((round * each) + i) * 2) + 1;

    internal static byte[] Repeat(int count, Func<int, byte[]> frame) => [.. Enumerable.Range(0, count).SelectMany(frame)];

    /// <summary>What is sent once, and then again and again.</summary>
    internal sealed record Flood(byte[] Opening, int Frames, Func<int, byte[]> Batch);
}
