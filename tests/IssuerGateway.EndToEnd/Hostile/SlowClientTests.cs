using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>Clients that take their time: each is ended by the gateway, and costs little until then.</summary>
public sealed class SlowClientTests
{
    private const int Count = 20;

    /// <summary>The client's own buffer: what the gateway can get rid of without being read.</summary>
    private const int SmallBuffer = 4 * 1024;

    [Fact]
    public Task Headers_that_come_byte_by_byte() => EachIsEndedAsync("slow headers (a byte a second)", SendSlowHeadersAsync);

    [Fact]
    public Task Pipelined_requests_whose_responses_are_not_read() => EachIsEndedAsync("slow reader over HTTP/1.1 (pipelines, never reads)", NeverReadAsync);

    [Fact]
    public Task Streams_without_a_window() => EachIsEndedAsync("slow reader over HTTP/2 (WINDOW_UPDATE withheld)", async (attack, waitLimit) =>
    {
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), waitLimit, settings: RawHttp2.Setting(4, 0));
        await connection.SendAsync(Requests(attack.Port, 1, 32), waitLimit);
        await connection.DrainAsync(waitLimit);
    });

    [Fact]
    public Task Responses_of_HTTP_2_that_are_not_read() => EachIsEndedAsync("slow reader over HTTP/2 (socket not read)", async (attack, waitLimit) =>
    {
        byte[] wide = [.. RawHttp2.Setting(4, int.MaxValue)];
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), waitLimit, SmallBuffer, wide);
        await connection.SendAsync(RawHttp2.FrameBytes(RawHttp2.WindowUpdate, 0, 0, RawHttp2.Number(int.MaxValue - 65_535)), waitLimit);
        for (int first = 1; ; first += 40)
        {
            await connection.SendAsync(Requests(attack.Port, first, 20), waitLimit);
            await Task.Delay(TimeSpan.FromMilliseconds(20), waitLimit);
        }
    });

    private static byte[] Requests(int port, int first, int count) =>
        [.. Enumerable.Range(0, count).SelectMany(i => RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, first + (2 * i), RawHttp2.Request(port)))];

    internal static async Task SendSlowHeadersAsync(Attack attack, CancellationToken waitLimit)
    {
        await using Stream stream = await attack.OpenAsync(ClientSide.AnyAttacker(), waitLimit);
        Task ended = ClientSide.HoldAsync(stream, waitLimit);
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET /openid/v1/jwks HTTP/1.1\r\nHost: localhost\r\nX-Slow: "), waitLimit);
        while (await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(1), waitLimit)) != ended)
        {
            await stream.WriteAsync(new byte[] { (byte)'x' }, waitLimit);
        }
    }

    internal static async Task NeverReadAsync(Attack attack, CancellationToken waitLimit)
    {
        await using Stream stream = await attack.OpenAsync(ClientSide.AnyAttacker(), waitLimit, receiveBuffer: SmallBuffer);
        byte[] many = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"GET /openid/v1/jwks HTTP/1.1\r\nHost: localhost:{attack.Port}\r\n\r\n", 100)));

        // Blocks when the gateway takes no more, and fails when it has ended the connection.
        while (true)
        {
            await stream.WriteAsync(many, waitLimit);
        }
    }

    internal static async Task EachIsEndedAsync(string name, Func<Attack, CancellationToken, Task> exchangeAsync, bool isPlain = false)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain);
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);

        await attack.RunAsync(name, async _ =>
        {
            long since = TimeProvider.System.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => Task.Run(() => Attack.SurviveAsync(() => exchangeAsync(attack, waitLimit.Token)))));
            return FormattableString.Invariant($"{Count} connections, the last ended by the gateway after {TimeProvider.System.GetElapsedTime(since).TotalSeconds:F0} s");
        });
        Assert.False(waitLimit.IsCancellationRequested, $"{name}: not ended");
    }
}
