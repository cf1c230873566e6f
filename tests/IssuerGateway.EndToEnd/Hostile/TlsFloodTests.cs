using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>What TLS lets a client do that costs it little or that few clients ever do, with OpenSSL as the client.</summary>
[Collection(RunsAlone.Name)]
public sealed class TlsFloodTests
{
    private const int Rate = 50;

    /// <summary>Type of a record that holds an alert (RFC 8446 §5.1).</summary>
    private const byte Alert = 21;

    [Fact]
    public async Task Key_updates_that_request_one_in_return()
    {
        await using Attack attack = await Attack.PrepareAsync();
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);
        int updates = 0;
        int responded = 0;

        await attack.RunAsync("TLS 1.3 key updates, each asking for one in return", async end =>
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                await using NetworkStream stream = await ClientSide.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), waitLimit.Token);
                using RawTls tls = new();
                await tls.HandshakeAsync(stream, waitLimit.Token);
                do
                {
                    await stream.WriteAsync(tls.KeyUpdates(100), waitLimit.Token);
                    Interlocked.Add(ref updates, 100);
                    await Task.Delay(TimeSpan.FromSeconds(1.0 / Rate), waitLimit.Token);
                }
                while (!end.IsCancellationRequested);

                // Whatever it did, it is owed a response.
                Interlocked.Add(ref responded, await RespondsAsync(tls, stream, attack.Port, waitLimit.Token));
            })));
            return $"{updates} on 4 connections, each with a response afterwards";
        });

        Assert.Equal(4, responded);
    }

    [Fact]
    public Task A_hello_and_a_request_byte_by_byte() => EachGetsAResponseAsync("each byte of a hello in a segment, each of a request in a record", async (port, end) =>
    {
        await using NetworkStream stream = await ClientSide.ConnectAsync(port, ClientSide.AnyAttacker(), end);
        using RawTls tls = new();
        tls.Advance();
        foreach (byte each in tls.Take())
        {
            await stream.WriteAsync(new[] { each }, end);
        }

        await tls.HandshakeAsync(stream, end);
        return await RespondsAsync(tls, stream, port, end, each: 1);
    });

    [Fact]
    public Task Hellos_whose_key_share_is_of_no_use() => EachGetsAResponseAsync("HelloRetryRequest forced (a share of X448, P-256 supported)", async (port, end) =>
    {
        await using NetworkStream stream = await ClientSide.ConnectAsync(port, ClientSide.AnyAttacker(), end);
        using RawTls tls = new(groups: "X448:P-256");
        await tls.HandshakeAsync(stream, end);
        return await RespondsAsync(tls, stream, port, end);
    });

    [Fact]
    public async Task Hellos_that_would_cost_most_are_rejected_before_any_cryptography()
    {
        // D(HE)at, CVE-2002-20001: the client sends the same bytes again and again, the server would raise to a power of 8,192 bits.
        await using Attack attack = await Attack.PrepareAsync();
        using RawTls tls = new(groups: "ffdhe8192");
        tls.Advance();
        byte[] hello = tls.Take();
        int respondedOtherwise = 0;

        await attack.RunAsync("TLS 1.3 hellos with a share of ffdhe8192 (D(HE)at)", async end =>
        {
            int count = await Attack.PaceAsync(200, async stop =>
            {
                await using NetworkStream stream = await ClientSide.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), stop);
                await stream.WriteAsync(hello, stop);
                byte[] type = new byte[1];
                if (await stream.ReadAtLeastAsync(type, 1, throwOnEndOfStream: false, stop) == 1 && type[0] != Alert)
                {
                    Interlocked.Increment(ref respondedOtherwise);
                }
            }, end);
            return $"{count} hellos";
        });

        Assert.Equal(0, respondedOtherwise);
    }

    [Fact]
    public async Task Handshakes_that_are_reset_in_each_flight()
    {
        await using Attack attack = await Attack.PrepareAsync();
        int next = 0;

        await attack.RunAsync("handshakes reset in each flight, TLS 1.3 and 1.2", async end =>
        {
            int count = await Attack.PaceAsync(2 * Rate, async stop =>
            {
                int number = Interlocked.Increment(ref next);
                await using NetworkStream stream = await ClientSide.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), stop);
                await BeginAsync(stream, number % 2 == 0 ? RawTls.Version13 : RawTls.Version12, number / 2 % 4, stop);
                ClientSide.Reset(stream);
            }, end);
            return $"{count} resets: after half a hello, a hello, half the last flight, the last flight";
        });
    }

    [Fact]
    public async Task Tickets_that_are_garbage()
    {
        await using Attack attack = await Attack.PrepareAsync();
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);
        using TlsSession good = await SessionAsync(attack.Port, waitLimit.Token);
        Random random = new(8446);
        int resumed = 0;

        await attack.RunWithResponsesAsync("resumption with garbage for a ticket", Rate, async end =>
        {
            TlsSession bad;
            lock (random)
            {
                bad = good.Damaged(random);
            }

            using (bad)
            {
                await using NetworkStream stream = await ClientSide.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), end);
                using RawTls tls = new(session: bad);
                await tls.HandshakeAsync(stream, end);
                Interlocked.Add(ref resumed, tls.IsResumed ? 1 : 0);
                return await RespondsAsync(tls, stream, attack.Port, end);
            }
        });

        Assert.Equal(0, resumed);
    }

    [Fact]
    public async Task Early_data_gets_no_response()
    {
        // RFC 8446 §8: it could be anybody's, once more.
        await using Attack attack = await Attack.PrepareAsync();
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);
        using TlsSession session = await SessionAsync(attack.Port, waitLimit.Token);
        using TlsSession early = session.WithEarlyData();

        await attack.RunWithResponsesAsync("a request in early data, and one after it", Rate, async end =>
        {
            await using NetworkStream stream = await ClientSide.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), end);
            using RawTls tls = new(session: early);
            await stream.WriteAsync(tls.EarlyData(Request(attack.Port, "keep-alive")), end);
            await tls.HandshakeAsync(stream, end);
            return await RespondsAsync(tls, stream, attack.Port, end);
        });
    }

    [Fact]
    public async Task Renegotiation_is_rejected()
    {
        await using Attack attack = await Attack.PrepareAsync();
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);
        int requested = 0;
        int rejected = 0;

        await attack.RunAsync("TLS 1.2 renegotiation that the client requests", async end =>
        {
            requested = await Attack.PaceAsync(Rate, async _ =>
            {
                await using NetworkStream stream = await ClientSide.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), waitLimit.Token);
                using RawTls tls = new(RawTls.Version12);
                await tls.HandshakeAsync(stream, waitLimit.Token);
                await stream.WriteAsync(tls.Renegotiation(), waitLimit.Token);
                Interlocked.Add(ref rejected, await IsRejectedAsync(tls, stream, waitLimit.Token) ? 1 : 0);
            }, end);
            return $"{rejected} of {requested} ended without one";
        });

        Assert.Equal(requested, rejected);
    }

    private static async Task<bool> IsRejectedAsync(RawTls tls, NetworkStream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await tls.ReadToEndAsync(stream, cancellationToken) == "" && !tls.Advance();
        }
        catch (AuthenticationException)
        {
            // By an alert.
            return true;
        }
    }

    private static async Task EachGetsAResponseAsync(string name, Func<int, CancellationToken, Task<int>> exchangeAsync)
    {
        await using Attack attack = await Attack.PrepareAsync();
        await attack.RunWithResponsesAsync(name, Rate, stop => exchangeAsync(attack.Port, stop));
    }

    private static async Task<TlsSession> SessionAsync(int port, CancellationToken cancellationToken)
    {
        await using NetworkStream stream = await ClientSide.ConnectAsync(port, ClientSide.AnyAttacker(), cancellationToken);
        using RawTls tls = new();
        await tls.HandshakeAsync(stream, cancellationToken);
        Assert.Equal(1, await RespondsAsync(tls, stream, port, cancellationToken));
        return tls.Session();
    }

    private static async Task BeginAsync(NetworkStream stream, int version, int where, CancellationToken cancellationToken)
    {
        using RawTls tls = new(version);
        if (where >= 2)
        {
            await tls.HandshakeAsync(stream, cancellationToken, halfOfTheLast: where == 2);
            return;
        }

        tls.Advance();
        byte[] hello = tls.Take();
        await stream.WriteAsync(where == 0 ? hello.AsMemory(0, hello.Length / 2) : hello, cancellationToken);
    }

    /// <summary>Queries once, and says how many responses came until the gateway closed.</summary>
    private static async Task<int> RespondsAsync(RawTls tls, NetworkStream stream, int port, CancellationToken cancellationToken, int each = 1024)
    {
        await stream.WriteAsync(tls.Records(Request(port, "close"), each), cancellationToken);
        return (await tls.ReadToEndAsync(stream, cancellationToken)).Split("HTTP/1.1 200 OK\r\n").Length - 1;
    }

    private static byte[] Request(int port, string connection) =>
        Encoding.ASCII.GetBytes($"GET /openid/v1/jwks HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: {connection}\r\n\r\n");
}
