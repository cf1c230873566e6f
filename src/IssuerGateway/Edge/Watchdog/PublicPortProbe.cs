using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Transport;

namespace IssuerGateway.Edge.Watchdog;

/// <summary>Sends one request to a public port from inside, all the way through accepting, TLS and HTTP.</summary>
internal sealed class PublicPortProbe(OwnConnections own)
{
    /// <summary>A target that nobody publishes, so the gateway counts it as no document; the response is 404.</summary>
    private static readonly byte[] request = "GET /watchdog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray();

    /// <summary>Whether the port responds in time.</summary>
    /// <param name="serverName">The host for SNI; none without TLS.</param>
    public async Task<bool> RespondsAsync(IPEndPoint listener, string? serverName, CancellationToken cancellationToken)
    {
        IPEndPoint target = Reachable(listener);
        using Socket socket = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        EndPoint? local = null;
        try
        {
            socket.Bind(new IPEndPoint(target.Address, 0));
            own.Add(local = socket.LocalEndPoint!);
            await socket.ConnectAsync(target, cancellationToken);
            await using NetworkStream stream = new(socket);
            return serverName is null ? await ExchangeAsync(stream, cancellationToken) : await ExchangeByTlsAsync(stream, serverName, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
        finally
        {
            if (local is not null)
            {
                own.Remove(local);
            }
        }
    }

    /// <summary>A wildcard address cannot be connected to; the loopback address stands behind it.</summary>
    public static IPEndPoint Reachable(IPEndPoint listener) =>
        listener.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, listener.Port)
        : listener.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(Socket.OSSupportsIPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback, listener.Port)
        : listener;

    private static async Task<bool> ExchangeByTlsAsync(NetworkStream stream, string serverName, CancellationToken cancellationToken)
    {
        await using SslStream tls = new(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = serverName,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],

                    // .NET would fetch a missing intermediate from where the certificate says it is, and wait for it on the
                    // thread that waits for all sockets, this download's among them.
                    CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
#pragma warning disable CA5359 // Checks whether the port responds, not who does; nothing is sent but a request for nothing.
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
                },
                cancellationToken);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // The listener has closed the handshake: without a certificate yet that is its response.
            return true;
        }

        return await ExchangeAsync(tls, cancellationToken);
    }

    private static async Task<bool> ExchangeAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(request, cancellationToken);
        byte[] response = new byte["HTTP/1.1 "u8.Length];
        await stream.ReadExactlyAsync(response, cancellationToken);
        return response.AsSpan().SequenceEqual("HTTP/1.1 "u8);
    }
}
