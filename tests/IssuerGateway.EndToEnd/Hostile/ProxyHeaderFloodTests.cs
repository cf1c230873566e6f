using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>Headers of the PROXY protocol under attack, on both public ports: from where they are trusted and from where they are not.</summary>
public sealed class ProxyHeaderFloodTests
{
    private static readonly IPAddress elsewhere = IPAddress.Parse("127.0.0.2");

    /// <summary>Version 2, LOCAL: a health check of the proxy itself.</summary>
    private static readonly byte[] local = [.. ClientSide.Signature, 0x20, 0, 0, 0];

    private static readonly byte[][] rejected =
    [
        [.. ClientSide.Signature, 0x21, 0x11, 0xFF, 0xFF, .. new byte[20_000]],
        [.. ClientSide.Signature, 0x22, 0x11, 0, 12, .. new byte[12]],
        [.. ClientSide.Signature, 0x21, 0x11, 0, 4, .. new byte[4]],
        [.. ClientSide.Signature, 0x21, 0x41, 0, 12, .. new byte[12]],
        [.. "PROXY TCP4 "u8, .. new byte[200]],
        [.. "PROXY TCP4 203.0.113.1 192.0.2.1 0 65536\r\n"u8],
        [.. "GET /openid/v1/jwks HTTP/1.1\r\nHost: localhost\r\n\r\n"u8],
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Headers_that_never_end(bool isPlain)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain);
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);
        byte[] header = ClientSide.Header(ClientSide.AnyAttacker());

        await attack.RunAsync($"half a PROXY header, then silence or a byte a second{Port(isPlain)}", async end =>
        {
            int count = 0;
            Task slow = Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Attack.SurviveAsync(() => ByteByByteAsync(attack.Port, waitLimit.Token)))));
            count = await Attack.PaceAsync(50, async _ =>
            {
                await using NetworkStream stream = await ClientSide.SendAsync(attack.Port, header.AsMemory(0, header.Length / 2), waitLimit.Token);
                await ClientSide.HoldAsync(stream, waitLimit.Token);
            }, end);
            await slow;
            return $"{count + 20} connections, each ended by the gateway";
        });

        Assert.False(waitLimit.IsCancellationRequested);
        Assert.True(await attack.RejectedAsync("proxy-missing") > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Headers_that_break_the_rules_and_headers_of_the_proxy_itself(bool isPlain)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain);
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);
        int next = 0;

        await attack.RunAsync($"malformed PROXY headers, and LOCAL ones{Port(isPlain)}", async end =>
        {
            Task<int> locals = Attack.PaceAsync(100, async _ =>
            {
                await using NetworkStream stream = await ClientSide.SendAsync(attack.Port, local, waitLimit.Token);
            }, end);
            int count = await Attack.PaceAsync(100, async _ =>
            {
                await using NetworkStream stream = await ClientSide.SendAsync(attack.Port, rejected[Interlocked.Increment(ref next) % rejected.Length], waitLimit.Token);
                await ClientSide.HoldAsync(stream, waitLimit.Token);
            }, end);
            return $"{count} malformed, each ended by the gateway, {await locals} LOCAL";
        });

        Assert.False(waitLimit.IsCancellationRequested);
        Assert.True(await attack.RejectedAsync("proxy-malformed") > 0);
        Assert.True(await attack.RejectedAsync("proxy-missing") > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Headers_from_where_none_is_trusted(bool isPlain)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain, "Edge:ProxyProtocol:TrustedSources=127.0.0.1");
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);
        byte[] request = Encoding.ASCII.GetBytes($"GET /openid/v1/jwks HTTP/1.1\r\nHost: localhost:{attack.Port}\r\n\r\n");
        int responded = 0;

        await attack.RunAsync($"PROXY headers from an untrusted source{Port(isPlain)}", async end =>
        {
            int count = await Attack.PaceAsync(200, async _ =>
            {
                await using NetworkStream stream = await ClientSide.SendAsync(attack.Port, (byte[])[.. ClientSide.Header(ClientSide.Honest), .. request], waitLimit.Token, local: elsewhere);
                Interlocked.Add(ref responded, await stream.ReadAsync(new byte[1], waitLimit.Token));
            }, end);
            return $"{count} connections, none with a response";
        });

        Assert.Equal(0, responded);
        Assert.True(await attack.RejectedAsync("proxy-untrusted") > 0);
    }

    private static async Task ByteByByteAsync(int port, CancellationToken cancellationToken)
    {
        byte[] header = ClientSide.Header(ClientSide.AnyAttacker());
        await using NetworkStream stream = await ClientSide.SendAsync(port, header.AsMemory(0, 1), cancellationToken);
        Task ended = ClientSide.HoldAsync(stream, cancellationToken);
        for (int i = 1; i < header.Length && await Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken)) != ended; i++)
        {
            await stream.WriteAsync(header.AsMemory(i, 1), cancellationToken);
        }

        await ended;
    }

    private static string Port(bool isPlain) => isPlain ? ", without TLS" : "";
}
