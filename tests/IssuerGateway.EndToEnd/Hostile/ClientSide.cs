using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>Connections that announce any address by PROXY protocol version 2, so that one machine plays many clients.</summary>
internal static class ClientSide
{
    /// <summary>RFC 5737 TEST-NET-2: where the honest clients are.</summary>
    public static readonly IPAddress Honest = IPAddress.Parse("198.51.100.1");

    /// <summary>RFC 5737 TEST-NET-3: one attacker.</summary>
    public static readonly IPAddress Attacker = IPAddress.Parse("203.0.113.1");

    /// <summary>Of version 2 of the PROXY protocol.</summary>
    public static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    private static int last;

    /// <summary>A new attacker's address (RFC 2544, 198.18.0.0/15).</summary>
    public static IPAddress AnyAttacker()
    {
        int number = Interlocked.Increment(ref last);
        return new IPAddress([198, 18, (byte)(number >> 8), (byte)number]);
    }

    public static Task<NetworkStream> ConnectAsync(int port, IPAddress from, CancellationToken cancellationToken, int? receiveBuffer = null) =>
        SendAsync(port, Header(from), cancellationToken, receiveBuffer);

    /// <summary>A connection that begins with these bytes, header or not.</summary>
    /// <param name="local">This end, which is what a gateway trusts or not.</param>
    public static async Task<NetworkStream> SendAsync(int port, ReadOnlyMemory<byte> first, CancellationToken cancellationToken, int? receiveBuffer = null, IPAddress? local = null)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size)
        {
            // Before it connects: the window is agreed on then.
            socket.ReceiveBufferSize = size;
        }

        try
        {
            if (local is not null)
            {
                socket.Bind(new IPEndPoint(local, 0));
            }

            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            await socket.SendAsync(first, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new NetworkStream(socket, ownsSocket: true);
    }

    public static async Task<SslStream> TlsAsync(int port, IPAddress from, CancellationToken cancellationToken, SslApplicationProtocol? protocol = null, int? receiveBuffer = null) =>
        await TlsAsync(await ConnectAsync(port, from, cancellationToken, receiveBuffer), cancellationToken, protocol);

    /// <summary>Owns the connection from here on.</summary>
    public static async Task<SslStream> TlsAsync(NetworkStream stream, CancellationToken cancellationToken, SslApplicationProtocol? protocol = null)
    {
        SslStream tls = new(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ApplicationProtocols = [protocol ?? SslApplicationProtocol.Http11],
#pragma warning disable CA5359 // An attacker does not mind who responds; the honest clients do.
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
                },
                cancellationToken);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }

        return tls;
    }

    /// <summary>Closes without a goodbye: what the gateway knows of it is a reset.</summary>
    public static void Reset(NetworkStream stream)
    {
        stream.Socket.LingerState = new LingerOption(enable: true, seconds: 0);
        stream.Dispose();
    }

    /// <summary>Holds a connection until the gateway ends it, or the attack is over.</summary>
    public static async Task HoldAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, cancellationToken) > 0)
        {
        }
    }

    /// <summary>Whether an attacker's exchange ended because the gateway ended it.</summary>
    public static bool IsEnd(Exception e) => e is IOException or SocketException or AuthenticationException or ObjectDisposedException or OperationCanceledException;

    public static byte[] Header(IPAddress from)
    {
        byte[] header = [.. Signature, 0x21, 0x11, 0, 12, .. from.GetAddressBytes(), 192, 0, 2, 1, 0, 0, 1, 0xBB];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(24), 40_000);
        return header;
    }
}
