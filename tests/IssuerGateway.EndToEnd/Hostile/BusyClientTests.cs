using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>Clients that always have more to say and take every response: none of the limits is for them, and nobody else may wait for them.</summary>
[Collection(RunsAlone.Name)]
public sealed class BusyClientTests
{
    /// <summary>More than the gateway has threads that wait for sockets.</summary>
    private static readonly int connections = 4 * Environment.ProcessorCount;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pipelined_requests_without_a_pause(bool isPlain)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain);
        byte[] many = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"GET /openid/v1/jwks HTTP/1.1\r\nHost: localhost:{attack.Port}\r\n\r\n", 200)));
        long sent = 0;

        await attack.RunAsync($"pipelining at full speed {(isPlain ? "without TLS" : "over TLS")}", async end =>
        {
            await OnEachAsync(async () =>
            {
                await using Stream stream = await attack.OpenAsync(ClientSide.AnyAttacker(), end);
                await SendWithoutPauseAsync(stream, many, count => Interlocked.Add(ref sent, count), end);
            });
            return $"{sent / many.Length * 200} requests on {connections} connections";
        });

        Assert.True(sent > 0);
    }

    [Fact]
    public async Task Key_updates_without_a_pause()
    {
        await using Attack attack = await Attack.PrepareAsync();
        long sent = 0;

        await attack.RunAsync("TLS 1.3 key updates at full speed", async end =>
        {
            await OnEachAsync(async () =>
            {
                await using NetworkStream stream = await ClientSide.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), end);
                using RawTls tls = new();
                await tls.HandshakeAsync(stream, end);
                while (!end.IsCancellationRequested)
                {
                    // Few at once: they cost this process as much, and the honest clients are in it.
                    await stream.WriteAsync(tls.KeyUpdates(20), end);
                    Interlocked.Add(ref sent, 20);
                    await Task.Yield();
                }
            });
            return $"{sent} on {connections} connections";
        });

        Assert.True(sent > 0);
    }

    [Fact]
    public async Task Empty_lines_before_a_request_without_a_pause()
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain: true);
        byte[] many = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("\r\n", 32_000)));
        long sent = 0;

        await attack.RunAsync("empty lines before a request at full speed, without TLS", async end =>
        {
            await OnEachAsync(async () =>
            {
                await using Stream stream = await attack.OpenAsync(ClientSide.AnyAttacker(), end);
                await SendWithoutPauseAsync(stream, many, count => Interlocked.Add(ref sent, count), end);
            });
            return $"{sent >> 20} MB on {connections} connections";
        });

        Assert.True(sent > 0);
    }

    [Fact]
    public async Task Frames_without_a_pause()
    {
        await using Attack attack = await Attack.PrepareAsync();
        byte[] many = [.. Enumerable.Repeat(RawHttp2.FrameBytes(RawHttp2.Priority, 0, 1, 0, 0, 0, 0, 16), 10_000).SelectMany(frame => frame)];
        long sent = 0;

        await attack.RunAsync("HTTP/2 PRIORITY frames at full speed", async end =>
        {
            await OnEachAsync(async () =>
            {
                await using RawHttp2 connection = await RawHttp2.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), end);
                Task reading = Attack.SurviveAsync(() => connection.DrainAsync(end));
                while (!end.IsCancellationRequested)
                {
                    await connection.SendAsync(many, end);
                    Interlocked.Add(ref sent, 10_000);
                }

                await reading;
            });
            return $"{sent} on {connections} connections";
        });

        Assert.True(sent > 0);
    }

    private static Task OnEachAsync(Func<Task> exchangeAsync) =>
        Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => Attack.SurviveAsync(exchangeAsync))));

    private static async Task SendWithoutPauseAsync(Stream stream, byte[] bytes, Action<int> sent, CancellationToken end)
    {
        Task reading = Attack.SurviveAsync(() => ClientSide.HoldAsync(stream, end));
        try
        {
            while (!end.IsCancellationRequested)
            {
                await stream.WriteAsync(bytes, end);
                sent(bytes.Length);
            }
        }
        finally
        {
            await reading;
        }
    }
}
