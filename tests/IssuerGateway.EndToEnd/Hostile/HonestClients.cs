using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>
/// Relying parties that query without end over HTTP/1.1 and HTTP/2, each with a kept connection and with a new one each
/// time, and that take nothing but the published bytes for a response.
/// </summary>
internal sealed class HonestClients
{
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Two of these stay below 50 handshakes a second, the default for one address.</summary>
    private static readonly TimeSpan pauseBetweenConnections = TimeSpan.FromMilliseconds(60);

    private readonly ConcurrentQueue<double> milliseconds = new();
    private readonly ConcurrentQueue<string> failures = new();
    private readonly GatewayFixture site;
    private readonly bool isPlain;
    private readonly Func<int, CancellationToken, Task<NetworkStream>> connectAsync;
    private readonly string published;

    /// <param name="isPlain">By HTTP/1.1 alone, without TLS, as a proxy in front would.</param>
    /// <param name="connectAsync">How they connect; with a PROXY header of their own address if nothing else is said.</param>
    public HonestClients(GatewayFixture site, bool isPlain, Func<int, CancellationToken, Task<NetworkStream>>? connectAsync = null)
    {
        this.site = site;
        this.connectAsync = connectAsync ?? ((port, cancellationToken) => ClientSide.ConnectAsync(port, ClientSide.Honest, cancellationToken));
        this.isPlain = isPlain;
        published = $"{{\"keys\":[{string.Join(',', site.Cluster.Server.Keys.Select(key => key.Jwk))}]}}";
    }

    public int Responded => milliseconds.Count;

    public IReadOnlyCollection<string> Failures => failures;

    public Task QueryUntilAsync(Task end) => Task.WhenAll(
        Task.Run(() => QueryOnKeptConnectionAsync(HttpVersion.Version11, end)),
        Task.Run(() => QueryOnKeptConnectionAsync(isPlain ? HttpVersion.Version11 : HttpVersion.Version20, end)),
        Task.Run(() => QueryOnNewConnectionsAsync(HttpVersion.Version11, end)),
        Task.Run(() => QueryOnNewConnectionsAsync(isPlain ? HttpVersion.Version11 : HttpVersion.Version20, end)));

    /// <summary>Medians and worst, for a reader; a machine that is busy otherwise makes them any number.</summary>
    public string Show()
    {
        double[] sorted = [.. milliseconds.Order()];
        return FormattableString.Invariant(
            $"honest {sorted.Length + failures.Count} asked, {failures.Count} failed, median {At(0.5):F1} ms, p99 {At(0.99):F1} ms, max {At(1):F1} ms");

        double At(double share) => sorted.Length == 0 ? 0 : sorted[(int)Math.Ceiling(share * (sorted.Length - 1))];
    }

    private async Task QueryOnKeptConnectionAsync(Version version, Task end)
    {
        using HttpClient client = Client(version);
        do
        {
            await QueryAsync(client);
            await Task.Delay(pause);
        }
        while (!end.IsCompleted);
    }

    private async Task QueryOnNewConnectionsAsync(Version version, Task end)
    {
        do
        {
            // Not by PooledConnectionLifetime zero, which leaves connections of HTTP/2 open.
            using HttpClient client = Client(version);
            await QueryAsync(client);
            await Task.Delay(pauseBetweenConnections);
        }
        while (!end.IsCompleted);
    }

    private async Task QueryAsync(HttpClient client)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            using HttpResponseMessage response = await client.GetAsync("/openid/v1/jwks");
            string body = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == HttpStatusCode.OK && body == published)
            {
                milliseconds.Enqueue(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            else
            {
                failures.Enqueue($"HTTP/{client.DefaultRequestVersion} {(int)response.StatusCode}: {body}");
            }
        }
        catch (Exception e) when (e is HttpRequestException || ClientSide.IsEnd(e))
        {
            failures.Enqueue($"HTTP/{client.DefaultRequestVersion} {e.Message} {e.InnerException?.Message}");
        }
    }

    private HttpClient Client(Version version)
    {
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (context, cancellationToken) => await connectAsync(context.DnsEndPoint.Port, cancellationToken),
        };
        if (!isPlain)
        {
            X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trust.CustomTrustStore.ImportFromPemFile(site.RootFile);
            handler.SslOptions.CertificateChainPolicy = trust;
        }

        return new HttpClient(handler)
        {
            BaseAddress = new Uri(isPlain ? $"http://localhost:{site.Port}" : site.Issuer),
            Timeout = TimeSpan.FromMinutes(1),
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }
}
