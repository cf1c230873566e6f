using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.Protocols;

namespace IssuerGateway.Demo.RelyingParty;

/// <summary>Fetches a document as a relying party on the internet does: https, a trusted chain, status 200, no redirect, no more than 256 KiB, within 5 s.</summary>
internal sealed class StrictDocumentRetriever : IDocumentRetriever, IDisposable
{
    private const int MaxBytes = 256 * 1024;

    private readonly HttpClient http;

    /// <param name="trust">The only certificate to trust instead of the system's; a public issuer needs none.</param>
    /// <param name="connectTo">Where to connect whatever host the URL names, like curl's --connect-to; the TLS name stays the URL's.</param>
    public StrictDocumentRetriever(X509Certificate2? trust = null, IPEndPoint? connectTo = null)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,

            // Every document is requested again: what a relying party sees that comes for the first time.
            PooledConnectionLifetime = TimeSpan.Zero,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust is null ? null : TrustIn(trust) },
        };
        if (connectTo is not null)
        {
            handler.ConnectCallback = async (_, cancellationToken) =>
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(connectTo, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }

        http = new HttpClient(handler) { MaxResponseContentBufferSize = MaxBytes, Timeout = TimeSpan.FromSeconds(5) };
    }

    /// <exception cref="IOException">The document could not be fetched; the message says why.</exception>
    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        if (!address.StartsWith("https://", StringComparison.Ordinal))
        {
            throw new IOException($"{address}: not https");
        }

        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri(address), cancel);
            return response.StatusCode == HttpStatusCode.OK
                ? await response.Content.ReadAsStringAsync(cancel)
                : throw new IOException($"{address}: status {(int)response.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"{address}: {e.GetBaseException().Message}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IOException($"{address}: no complete response within {http.Timeout.TotalSeconds} s");
        }
    }

    public void Dispose() => http.Dispose();

    private static X509ChainPolicy TrustIn(X509Certificate2 root)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(root);
        return policy;
    }
}
