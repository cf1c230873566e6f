using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>A stand-in cluster, a state directory, and gateways that publish it, one after the other or side by side.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(20);

    private readonly string directory = Directory.CreateTempSubdirectory("issuer-gateway-e2e-").FullName;

    private GatewayFixture(StandInCluster cluster, int port, int operationsPort)
    {
        Cluster = cluster;
        Port = port;
        OperationsPort = operationsPort;
        Files = new ClusterFiles(cluster, directory);
        TokenFile = Files.WriteToken();
        CaFile = Files.WriteCa();
        Directory.CreateDirectory(State);
        Upstream =
        [
            "Issuers:0:Upstream:Kind=Explicit",
            .. cluster.Servers.Select((server, i) => $"Issuers:0:Upstream:Servers:{i}={server.Url}"),
            $"Issuers:0:Upstream:CaFile={CaFile}",
            $"Issuers:0:Upstream:TokenFile={TokenFile}",
        ];
    }

    /// <summary>Where the gateway gets its documents: the API servers of the cluster, unless a test says otherwise.</summary>
    public IReadOnlyList<string> Upstream { get; set; }

    public StandInCluster Cluster { get; }

    public ClusterFiles Files { get; }

    public string TokenFile { get; }

    public string CaFile { get; }

    public int Port { get; }

    public int OperationsPort { get; }

    public string Issuer => $"https://localhost:{Port}";

    public string State => Path.Combine(directory, "state");

    public string RootFile => Path.Combine(directory, "self-signed.pem");

    public static async Task<GatewayFixture> StartAsync(int servers = 1)
    {
        IReadOnlyList<int> ports = FreePorts.Take(2);
        return new GatewayFixture(await StandInCluster.StartAsync(new StandInOptions { Issuer = $"https://localhost:{ports[0]}", Servers = servers }), ports[0], ports[1]);
    }

    public string PathOf(string name) => Path.Combine(directory, name);

    /// <summary>The settings of this cluster as command line; later ones of <paramref name="further"/> win.</summary>
    public IEnumerable<string> Settings(params IEnumerable<string> further)
    {
        string[] settings =
        [
            $"Issuers:0:Identifier={Issuer}",
            "Issuers:0:AllowPrivateHost=true",
            .. Upstream,
            $"StateDirectory={State}",
            "Refresh:Interval=5s",
            "Tls:Mode=SelfSigned",
            $"Tls:SelfSigned:ExportFile={RootFile}",
            "Edge:Address=127.0.0.1",
            $"Edge:HttpsPort={Port}",
            $"Operations:Port={OperationsPort}",
            "Shutdown:Delay=0s",
            .. further,
        ];
        return settings.SelectMany(setting => new[] { "--set", setting });
    }

    public GatewayRun Serve(params IEnumerable<string> further) => GatewayRun.Start(["serve", .. Settings(further)]);

    public async Task<GatewayRun> ServeUntilReadyAsync(params IEnumerable<string> further)
    {
        GatewayRun gateway = Serve(further);
        await WaitAsync(async () => await StatusOfAsync("/readyz") == HttpStatusCode.OK, () => $"not ready\n{gateway.Output}\n{gateway.Error}");
        return gateway;
    }

    public async Task<HttpStatusCode?> StatusOfAsync(string path)
    {
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        try
        {
            return (await http.GetAsync(new Uri($"http://127.0.0.1:{OperationsPort}{path}"))).StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task<string> OperationsAsync(string path)
    {
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        return await http.GetStringAsync(new Uri($"http://127.0.0.1:{OperationsPort}{path}"));
    }

    /// <summary>A relying party that trusts the gateway's self-signed certificate and follows nothing.</summary>
    public HttpClient Public()
    {
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false };
        X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(RootFile);
        handler.SslOptions.CertificateChainPolicy = trust;
        return new HttpClient(handler) { BaseAddress = new Uri(Issuer), Timeout = GatewayRun.Patience };
    }

    /// <summary>Polls a condition; fails with what a reader needs when it does not come about.</summary>
    public static async Task WaitAsync(Func<Task<bool>> condition, Func<string> otherwise)
    {
        long started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < GatewayRun.Patience, otherwise());
            await Task.Delay(pause);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }
}
