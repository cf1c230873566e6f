using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>What one connection can make a gateway hold, each in the way that holds most of it.</summary>
internal static class WorstConnection
{
    /// <summary>An HTTP/2 setting (RFC 9113 §6.5.2).</summary>
    private const byte InitialWindowSize = 4;

    private const int SmallReceiveBuffer = 4096;

    public const string ClosedWindow = "HTTP/2, window 0, 8 streams of 4 KB headers, then half a frame";
    public const string OpenWindow = "HTTP/2, open window, nothing read, then half a frame";
    public const string Pipelined = "HTTP/1.1, pipelined requests, nothing read";

    public static readonly IReadOnlyDictionary<string, Func<int, IPAddress, CancellationToken, Task>> All = new Dictionary<string, Func<int, IPAddress, CancellationToken, Task>>
    {
        ["HTTP/2, window 0, 32 streams naming an HPACK entry of 4 KB twice"] = TableEntryAsync,
        [ClosedWindow] = ClosedWindowAsync,
        [OpenWindow] = OpenWindowAsync,
        ["HTTP/2, bodies of 64 KB, nothing read"] = BodiesAsync,
        [Pipelined] = PipelinedAsync,
        ["HTTP/1.1, half a request of 5 KB"] = HalfRequestAsync,
        ["TLS, a record of 16 KB less one byte"] = HalfRecordAsync,
    };

    private static byte[] Cookie(int length) => [.. Enumerable.Repeat((byte)'c', length)];

    private static async Task TableEntryAsync(int port, IPAddress from, CancellationToken end)
    {
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(port, from, end, SmallReceiveBuffer, RawHttp2.Setting(InitialWindowSize, 0));

        // A literal with incremental indexing (RFC 7541 §6.2.1) makes the entry, which has index 62 then.
        byte[] first = [.. RawHttp2.Request(port), .. RawHttp2.IndexedField("cookie", Encoding.ASCII.GetString(Cookie(4000)))];
        byte[] further = [.. RawHttp2.Request(port), 0x80 | 62, 0x80 | 62];
        await connection.SendAsync(
            (byte[])[.. Enumerable.Range(0, 32).SelectMany(i => RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, (2 * i) + 1, i == 0 ? first : further))], end);
        await HoldHttp2Async(connection, end);
    }

    private static async Task ClosedWindowAsync(int port, IPAddress from, CancellationToken end)
    {
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(port, from, end, SmallReceiveBuffer, RawHttp2.Setting(InitialWindowSize, 0));
        byte[] request = [.. RawHttp2.Request(port), .. RawHttp2.Field("cookie", Encoding.ASCII.GetString(Cookie(3700)))];
        await connection.SendAsync((byte[])[.. Requests(request, 8), .. HalfFrame()], end);
        await HoldHttp2Async(connection, end);
    }

    private static async Task OpenWindowAsync(int port, IPAddress from, CancellationToken end)
    {
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(port, from, end, SmallReceiveBuffer, RawHttp2.Setting(InitialWindowSize, int.MaxValue));
        byte[] request = [.. RawHttp2.Request(port), .. RawHttp2.Field("cookie", Encoding.ASCII.GetString(Cookie(3700)))];
        await connection.SendAsync(RawHttp2.FrameBytes(RawHttp2.WindowUpdate, 0, 0, RawHttp2.Number(int.MaxValue - 65_535)), end);
        for (int i = 0; i < 20; i++)
        {
            // In time for the gateway to have responded the ones before, as far as it can.
            await connection.SendAsync(Requests(request, 8, i * 8), end);
            await Task.Delay(100, end);
        }

        await connection.SendAsync(HalfFrame(), end);
        await Task.Delay(Timeout.Infinite, end);
    }

    private static async Task BodiesAsync(int port, IPAddress from, CancellationToken end)
    {
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(port, from, end, SmallReceiveBuffer, RawHttp2.Setting(InitialWindowSize, 0));
        byte[] request = [.. RawHttp2.Request(port), .. RawHttp2.Field("cookie", Encoding.ASCII.GetString(Cookie(3700)))];
        byte[] body = new byte[8000];
        await connection.SendAsync(
            (byte[])[.. Enumerable.Range(0, 8).SelectMany(i => (byte[])
            [
                .. RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndHeaders, (2 * i) + 1, request),
                .. RawHttp2.FrameBytes(RawHttp2.Data, 0, (2 * i) + 1, body),
            ])], end);
        await Task.Delay(Timeout.Infinite, end);
    }

    private static async Task PipelinedAsync(int port, IPAddress from, CancellationToken end)
    {
        await using SslStream tls = await ClientSide.TlsAsync(port, from, end, receiveBuffer: SmallReceiveBuffer);
        byte[] request = Encoding.ASCII.GetBytes($"GET /openid/v1/jwks HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {Encoding.ASCII.GetString(Cookie(3500))}\r\n\r\n");
        await tls.WriteAsync((byte[])[.. Enumerable.Repeat(request, 200).SelectMany(each => each)], end);
        await Task.Delay(Timeout.Infinite, end);
    }

    private static async Task HalfRequestAsync(int port, IPAddress from, CancellationToken end)
    {
        await using SslStream tls = await ClientSide.TlsAsync(port, from, end);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET /{new string('a', 1500)} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {Encoding.ASCII.GetString(Cookie(3500))}"), end);
        await ClientSide.HoldAsync(tls, end);
    }

    private static async Task HalfRecordAsync(int port, IPAddress from, CancellationToken end)
    {
        await using NetworkStream stream = await ClientSide.ConnectAsync(port, from, end);
        using RawTls tls = new();
        await tls.HandshakeAsync(stream, end);
        byte[] record = tls.Records(Cookie(16 * 1024), each: 16 * 1024);
        await stream.WriteAsync(record.AsMemory(0, record.Length - 1), end);
        await ClientSide.HoldAsync(stream, end);
    }

    private static byte[] Requests(byte[] request, int count, int after = 0) =>
        [.. Enumerable.Range(after, count).SelectMany(i => RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, (2 * i) + 1, request))];

    // Of a type that nobody knows, so of any length: 16 KB, less one byte.
    private static byte[] HalfFrame() => RawHttp2.FrameBytes(0xB0, 0, 0, new byte[16 * 1024])[..^1];

    // A connection that is sent nothing is idle; a PING now and then is what an attacker keeps it with.
    private static async Task HoldHttp2Async(RawHttp2 connection, CancellationToken end) => await connection.DrainAsync(end);
}
