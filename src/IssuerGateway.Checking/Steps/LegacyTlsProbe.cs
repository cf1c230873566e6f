using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Checking.Steps;

/// <summary>
/// Finds out whether a server that rejects TLS 1.2 and 1.3 speaks an older version: by one hello made by hand, because
/// OpenSSL as systems of today set it up sends none. Looks at the first response and goes.
/// </summary>
internal static class LegacyTlsProbe
{
    private const byte Handshake = 22;
    private const byte ServerHello = 2;

    /// <summary>Of a record its type, version and length, then type, length and version of a ServerHello (RFC 4346 §6.2.1, §7.4.1.3).</summary>
    private const int ResponseStart = 11;

#pragma warning disable CA5397, SYSLIB0039 // Old versions are named in order to be reported.
    public static async Task<SslProtocols?> FindAsync(Endpoint endpoint, IPEndPoint target, CancellationToken cancellationToken)
    {
        byte[] response = new byte[ResponseStart];
        try
        {
            using Socket socket = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(target, cancellationToken);
            await using NetworkStream stream = new(socket, ownsSocket: false);
            await stream.WriteAsync(Hello(endpoint.DnsHost), cancellationToken);
            await stream.ReadExactlyAsync(response, cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            return null;
        }

        return (response[0], response[5], BinaryPrimitives.ReadUInt16BigEndian(response.AsSpan(9))) switch
        {
            (Handshake, ServerHello, 0x0302) => SslProtocols.Tls11,
            (Handshake, ServerHello, 0x0301) => SslProtocols.Tls,
            _ => null,
        };
    }
#pragma warning restore CA5397, SYSLIB0039

    /// <summary>A ClientHello of TLS 1.1 with the suites that servers of its time have (RFC 4346 §7.4.1.2).</summary>
    private static byte[] Hello(string host)
    {
        byte[] name = IPAddress.TryParse(host, out _) ? [] : Encoding.ASCII.GetBytes(host);
        byte[] extensions =
        [
            // server_name (RFC 6066 §3).
            .. name.Length == 0 ? [] : (byte[])[0, 0, .. Length(name.Length + 5), .. Length(name.Length + 3), 0, .. Length(name.Length), .. name],

            // secp256r1 and secp384r1, uncompressed (RFC 8422 §5.1).
            0, 10, 0, 6, 0, 4, 0, 23, 0, 24, 0, 11, 0, 2, 1, 0,
        ];
        byte[] content =
        [
            3, 2, .. RandomNumberGenerator.GetBytes(32), 0,

            // ECDHE with ECDSA and RSA, then RSA, each AES-128 and AES-256 with SHA-1.
            0, 12, 0xC0, 0x09, 0xC0, 0x0A, 0xC0, 0x13, 0xC0, 0x14, 0x00, 0x2F, 0x00, 0x35, 1, 0,
            .. Length(extensions.Length), .. extensions,
        ];
        return [Handshake, 3, 1, .. Length(content.Length + 4), 1, 0, .. Length(content.Length), .. content];
    }

    private static byte[] Length(int length) => [(byte)(length >> 8), (byte)length];
}
