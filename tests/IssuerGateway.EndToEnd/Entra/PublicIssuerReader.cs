using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>Fetches an issuer's keys as a strict relying party: https with a trusted chain, no redirects, 256 KiB, 5 s, exact issuer, at most 100 keys.</summary>
internal sealed class PublicIssuerReader(HttpClient internet)
{
    private const int MostKeys = 100;

    /// <summary>The way to the internet with these roots and, for names that DNS does not know, these ports on loopback.</summary>
    public static HttpClient Internet(X509Certificate2Collection roots, IReadOnlyDictionary<string, int>? hosts = null)
    {
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, UseProxy = false };
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(roots);
        handler.SslOptions.CertificateChainPolicy = policy;
        handler.ConnectCallback = async (context, cancellation) =>
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            EndPoint target = hosts is not null && hosts.TryGetValue(context.DnsEndPoint.Host, out int port) ? new IPEndPoint(IPAddress.Loopback, port) : context.DnsEndPoint;
            await socket.ConnectAsync(target, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = 256 * 1024 };
    }

    public async Task<(IReadOnlyList<JsonWebKey>? Keys, Rejection? Rejection)> ReadAsync(string issuer, CancellationToken cancellation)
    {
        string root = issuer.EndsWith('/') ? issuer[..^1] : issuer;
        if (await FetchAsync($"{root}/.well-known/openid-configuration", cancellation) is not { } discovery)
        {
            return (null, new Rejection(AadstsText.FetchFailed));
        }

        if (KeySetUriOf(discovery, issuer) is not { } keySetUri)
        {
            return (null, new Rejection(AadstsText.FetchFailedDocument));
        }

        if (await FetchAsync(keySetUri, cancellation) is not { } keys)
        {
            return (null, new Rejection(AadstsText.FetchFailed));
        }

        try
        {
            return ([.. new JsonWebKeySet(Encoding.UTF8.GetString(keys)).Keys.Take(MostKeys)], null);
        }
        catch (ArgumentException)
        {
            return (null, new Rejection(AadstsText.KeysMalformed));
        }
    }

    // Microsoft.IdentityModel does not compare the issuer; empty texts and arrays have been seen rejected.
    private static string? KeySetUriOf(byte[] discovery, string issuer)
    {
        try
        {
            JsonElement root = JsonDocument.Parse(discovery).RootElement;
            return root.GetProperty("issuer").GetString() == issuer && !root.EnumerateObject().Any(member => IsEmpty(member.Value))
                ? root.GetProperty("jwks_uri").GetString()
                : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };

    private async Task<byte[]?> FetchAsync(string url, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttps)
        {
            return null;
        }

        try
        {
            using HttpResponseMessage response = await internet.GetAsync(uri, cancellation);
            return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsByteArrayAsync(cancellation) : null;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}
