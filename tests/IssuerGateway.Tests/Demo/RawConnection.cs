using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Tests.Demo;

/// <summary>A TLS connection to a stand-in API server that trusts the cluster's CA alone and shows bytes as they come.</summary>
internal sealed partial class RawConnection : IAsyncDisposable
{
    private readonly TcpClient connection = new();
    private SslStream? tls;

    public Stream Stream => tls!;

    public static async Task<RawConnection> OpenAsync(StandInCluster cluster, StandInApiServer server, X509Certificate2? user = null)
    {
        RawConnection raw = new();
        try
        {
            await raw.connection.ConnectAsync(IPAddress.Loopback, server.Port);
            raw.tls = new SslStream(raw.connection.GetStream());
            X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(cluster.Ca.Pem));
            await raw.tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "127.0.0.1",
                CertificateChainPolicy = policy,
                ClientCertificates = user is null ? null : [user],
            });
            return raw;
        }
        catch
        {
            await raw.DisposeAsync();
            throw;
        }
    }

    /// <summary>One request on a connection of its own, as curl would send it; the response in the form of <see cref="Normal"/>.</summary>
    public static async Task<string> QueryAsync(StandInCluster cluster, string? token, string method = "GET", string target = "/openid/v1/jwks", string headers = "", string body = "", X509Certificate2? user = null)
    {
        await using RawConnection raw = await OpenAsync(cluster, cluster.Server, user);
        string credential = token is null ? "" : $"Authorization: Bearer {token}\r\n";
        string length = body.Length == 0 ? "" : $"Content-Length: {body.Length}\r\n";
        await raw.SendAsync($"{method} {target} HTTP/1.1\r\nHost: kubernetes.default.svc\r\nConnection: close\r\n{credential}{length}{headers}\r\n{body}");
        return Normal(await new StreamReader(raw.Stream, Encoding.UTF8).ReadToEndAsync());
    }

    public async Task SendAsync(string request) => await Stream.WriteAsync(Encoding.ASCII.GetBytes(request));

    /// <summary>Status line, headers in order of name with ids and dates as "*" and without Connection, an empty line, the body.</summary>
    public static string Normal(string response)
    {
        int end = response.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string[] lines = response[..end].Split("\r\n");
        IEnumerable<string> headers = lines[1..].Select(line => Identifying().Replace(line, "$1: *")).Where(line => line != "Connection: close").Order(StringComparer.OrdinalIgnoreCase);
        return string.Join('\n', [lines[0], .. headers, "", response[(end + 4)..]]);
    }

    public async ValueTask DisposeAsync()
    {
        if (tls is not null)
        {
            await tls.DisposeAsync();
        }

        connection.Dispose();
    }

    [GeneratedRegex("^(Date|Audit-Id|X-Kubernetes-Pf-(?:Flowschema|Prioritylevel)-Uid): .*$", RegexOptions.IgnoreCase)]
    private static partial Regex Identifying();
}
