using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

[Collection(RunsAlone.Name)]
public sealed class HandshakeFloodTests
{
    [Fact]
    public async Task Hellos_from_one_address_are_rejected_before_any_cryptography()
    {
        await using Attack attack = await Attack.PrepareAsync("Edge:HandshakesPerAddress:Burst=100");
        byte[] hello = await ClientHello.RecordAsync();

        await attack.RunAsync("handshake flood of one address (ClientHello, then close)", async end =>
            $"{await Attack.PaceAsync(400, stop => HelloAsync(attack.Port, ClientSide.Attacker, hello, stop), end)} hellos");

        Assert.True(await attack.RejectedAsync("handshakes") > 0);
    }

    [Fact]
    public async Task Hellos_from_many_addresses()
    {
        await using Attack attack = await Attack.PrepareAsync();
        byte[] hello = await ClientHello.RecordAsync();

        await attack.RunAsync("handshake flood of many addresses (ClientHello, then close)", async end =>
            $"{await Attack.PaceAsync(200, stop => HelloAsync(attack.Port, ClientSide.AnyAttacker(), hello, stop), end)} hellos");
    }

    [Fact]
    public async Task Half_a_hello_and_silence_is_ended()
    {
        await using Attack attack = await Attack.PrepareAsync();
        byte[] hello = await ClientHello.RecordAsync();
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);

        await attack.RunAsync("half a ClientHello, then silence", async end =>
            $"{await Attack.PaceAsync(50, _ => UntilEndedAsync(attack.Port, hello.AsMemory(0, hello.Length / 2), waitLimit.Token), end)} connections, each ended by the gateway");
        Assert.False(waitLimit.IsCancellationRequested);
    }

    [Fact]
    public async Task Garbage_instead_of_TLS_is_ended()
    {
        await using Attack attack = await Attack.PrepareAsync();
        byte[][] garbage =
        [
            Encoding.ASCII.GetBytes("GET /openid/v1/jwks HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            Encoding.ASCII.GetBytes("SSH-2.0-OpenSSH_9.9\r\n"),
            [0x16, 0x03, 0x01, 0xFF, 0xFF, .. new byte[20_000]],
            [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0xFF, 0xFF, 0xFF, 0x00],
            [0x16, 0x03, 0x01, 0x00, 0x00, 0x16, 0x03, 0x01, 0x00, 0x00],
            [0x80, 0x2E, 0x01, 0x03, 0x01, .. new byte[41]],
            [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28],
            [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 167))],
        ];
        int next = 0;
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);

        await attack.RunAsync("garbage and other protocols on the TLS port", async end =>
            $"{await Attack.PaceAsync(100, _ => UntilEndedAsync(attack.Port, garbage[Interlocked.Increment(ref next) % garbage.Length], waitLimit.Token), end)} connections, each ended by the gateway");
        Assert.False(waitLimit.IsCancellationRequested);
    }

    private static async Task HelloAsync(int port, IPAddress from, byte[] hello, CancellationToken cancellationToken)
    {
        await using NetworkStream stream = await ClientSide.ConnectAsync(port, from, cancellationToken);
        await stream.WriteAsync(hello, cancellationToken);

        // Until the gateway has paid for it, or rejected it.
        await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, cancellationToken);
    }

    private static async Task UntilEndedAsync(int port, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await using NetworkStream stream = await ClientSide.ConnectAsync(port, ClientSide.AnyAttacker(), cancellationToken);
        await stream.WriteAsync(bytes, cancellationToken);
        await ClientSide.HoldAsync(stream, cancellationToken);
    }
}
