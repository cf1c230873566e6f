using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>One frame (RFC 9113 §4.1).</summary>
internal readonly record struct Frame(byte Type, byte Flags, int Stream, byte[] Payload);

/// <summary>HTTP/2 over TLS, frame by frame, without any of the manners of a client.</summary>
internal sealed class RawHttp2 : IAsyncDisposable
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Priority = 2;
    public const byte ResetStream = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;

    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    private static readonly byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly SslStream stream;
    private readonly byte[] head = new byte[9];

    private RawHttp2(SslStream stream) => this.stream = stream;

    /// <summary>Header block of a good request, in literals without indexing (RFC 7541 §6.2.2).</summary>
    public static byte[] Request(int port) =>
        [.. Field(":method", "GET"), .. Field(":scheme", "https"), .. Field(":path", "/openid/v1/jwks"), .. Field(":authority", $"localhost:{port}")];

    public static async Task<RawHttp2> ConnectAsync(int port, IPAddress from, CancellationToken cancellationToken, int? receiveBuffer = null, params byte[] settings) =>
        await OpenAsync(await ClientSide.ConnectAsync(port, from, cancellationToken, receiveBuffer), cancellationToken, settings);

    /// <summary>Owns the connection from here on.</summary>
    public static async Task<RawHttp2> OpenAsync(NetworkStream stream, CancellationToken cancellationToken, params byte[] settings)
    {
        SslStream tls = await ClientSide.TlsAsync(stream, cancellationToken, SslApplicationProtocol.Http2);
        RawHttp2 connection = new(tls);
        await tls.WriteAsync((byte[])[.. preface, .. FrameBytes(Settings, 0, 0, settings)], cancellationToken);
        return connection;
    }

    public static byte[] FrameBytes(byte type, byte flags, int streamId, params ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)payload.Length);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    public static byte[] Number(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>One setting (RFC 9113 §6.5.1).</summary>
    public static byte[] Setting(byte id, uint value) => [0, id, .. Number(value)];

    public static byte[] Field(string name, string value) => [0, .. Text(name), .. Text(value)];

    /// <summary>The same with incremental indexing (RFC 7541 §6.2.1): the receiver is to keep it in its table.</summary>
    public static byte[] IndexedField(string name, string value) => [0x40, .. Text(name), .. Text(value)];

    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => stream.WriteAsync(bytes, cancellationToken).AsTask();

    /// <summary>Null once the gateway has closed.</summary>
    public async Task<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken) < head.Length)
        {
            return null;
        }

        byte[] payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        await stream.ReadExactlyAsync(payload, cancellationToken);
        return new Frame(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
    }

    /// <summary>Reads until the gateway closes: error code of its GOAWAY, or of a reset of a stream if that is all, else null.</summary>
    public async Task<uint?> ErrorAsync(CancellationToken cancellationToken)
    {
        uint? error = null;
        try
        {
            while (await ReadAsync(cancellationToken) is { } frame)
            {
                if (frame.Type == GoAway)
                {
                    error = BinaryPrimitives.ReadUInt32BigEndian(frame.Payload.AsSpan(4));
                }
            }
        }
        catch (IOException)
        {
            // A reset is an end too; what was said before counts.
        }

        return error;
    }

    /// <summary>Takes whatever comes and acts on none of it.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) > 0)
        {
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private static byte[] Text(string text) => [.. Integer(text.Length), .. Encoding.ASCII.GetBytes(text)];

    // RFC 7541 §5.1 with a prefix of 7 bits, which is also a length without Huffman.
    private static byte[] Integer(int value)
    {
        if (value < 127)
        {
            return [(byte)value];
        }

        List<byte> bytes = [127];
        for (value -= 127; value >= 128; value /= 128)
        {
            bytes.Add((byte)((value % 128) + 128));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
