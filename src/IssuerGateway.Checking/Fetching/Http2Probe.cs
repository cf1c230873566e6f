using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace IssuerGateway.Checking.Fetching;

/// <summary>Whether a server chooses HTTP/2 where it is offered (RFC 7301): a handshake, and nothing is sent over it.</summary>
internal static class Http2Probe
{
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(3);

    public static async Task<bool> IsChosenAsync(GuardedConnector connector, DocumentUrl url, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            await using SslStream tls = new(await connector.ConnectAsync(new DnsEndPoint(url.Uri.IdnHost, url.Uri.Port), limit.Token));
#pragma warning disable CA5359 // Only looks: nothing is sent over this connection.
            SslClientAuthenticationOptions options = new()
            {
                TargetHost = url.Endpoint.DnsHost,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            };
#pragma warning restore CA5359
            await tls.AuthenticateAsClientAsync(options, limit.Token);
            return tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            return false;
        }
    }
}
