using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Secrets;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>A stand-in cluster, a state directory, and gateways that publish it, one after the other or side by side.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(20);

    private readonly string directory = Directory.CreateTempSubdirectory("issuer-gateway-e2e-").FullName;

    private GatewayFixture(StandInCluster cluster, string issuer, int port, int operationsPort)
    {
        Issuer = issuer;
        Cluster = cluster;
        Port = port;
        OperationsPort = operationsPort;
        Files = new ClusterFiles(cluster, directory);
        TokenFile = Files.WriteToken();
        RegisterToken(TokenFile);
        SecretsOfTheRun.Register("a cookie of a visitor", Cookie);
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

    /// <summary>What visitors send that is none of the gateway's business.</summary>
    public string Cookie { get; } = RandomNumberGenerator.GetHexString(48);

    public ClusterFiles Files { get; }

    public string TokenFile { get; }

    public string CaFile { get; }

    public int Port { get; }

    public int OperationsPort { get; }

    public string Issuer { get; }

    public string State => Path.Combine(directory, "state");

    public string RootFile => Path.Combine(directory, "self-signed.pem");

    /// <param name="issuer">Absent: that of localhost and the port of the gateway.</param>
    public static async Task<GatewayFixture> StartAsync(int servers = 1, string? issuer = null)
    {
        IReadOnlyList<int> ports = FreePorts.Take(2);
        issuer ??= $"https://localhost:{ports[0]}";
        return new GatewayFixture(await StandInCluster.StartAsync(new StandInOptions { Issuer = issuer, Servers = servers }), issuer, ports[0], ports[1]);
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

    public Task<GatewayRun> ServeUntilReadyAsync(params IEnumerable<string> further) => ServeInAsync([], [], further);

    /// <summary>As <see cref="GatewayRun.StartIn"/>.</summary>
    public async Task<GatewayRun> ServeInAsync(IReadOnlyList<string> commandPrefix, IReadOnlyList<(string Name, string Value)> variables, params IEnumerable<string> further)
    {
        GatewayRun gateway = GatewayRun.StartIn(commandPrefix, variables, ["serve", .. Settings(further)]);
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
        string text = await http.GetStringAsync(new Uri($"http://127.0.0.1:{OperationsPort}{path}"));
        SecretsOfTheRun.Show(path, text);
        return text;
    }

    /// <summary>A relying party that trusts the gateway's self-signed certificate and follows nothing.</summary>
    public HttpClient Public()
    {
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false };
        X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(RootFile);
        handler.SslOptions.CertificateChainPolicy = trust;
        return new HttpClient(handler) { BaseAddress = new Uri(Issuer), Timeout = GatewayRun.WaitLimit };
    }

    /// <summary>A relying party that looks at no certificate, for where that is not what is tried.</summary>
    public static HttpClient Unverified(string url)
    {
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false };
#pragma warning disable CA5359 // Loopback, to a certificate that is made in memory and not exported.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        return new HttpClient(handler) { BaseAddress = new Uri(url), Timeout = GatewayRun.WaitLimit };
    }

    /// <summary>Publishes one more key and waits until relying parties get it; the JWK Set that they get is returned.</summary>
    public async Task<string> RotateAsync(GatewayRun gateway, HttpClient relyingParty)
    {
        ServiceAccountKey added = Cluster.AddKey(SigningAlgorithm.ES256);
        await gateway.SignalAsync("HUP");
        string keys = "";
        await WaitAsync(async () => (keys = await relyingParty.GetStringAsync("/openid/v1/jwks")).Contains(added.KeyId, StringComparison.Ordinal), () => $"{added.KeyId} is not published\n{gateway.Output}\n{gateway.Error}");
        return keys;
    }

    public Task UntilStatusAsync(GatewayRun gateway, Func<string, bool> condition) =>
        WaitAsync(async () => condition(await OperationsAsync("/status")), () => $"{gateway.Output}\n{gateway.Error}");

    /// <summary>Polls a condition; fails with what a reader needs when it does not come about.</summary>
    public static async Task WaitAsync(Func<Task<bool>> condition, Func<string> otherwise)
    {
        long started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < GatewayRun.WaitLimit, otherwise());
            await Task.Delay(pause);
        }
    }

    private static void RegisterToken(string file)
    {
        if (File.ReadAllText(file) is { Length: > 64 } token)
        {
            SecretsOfTheRun.RegisterToken(token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        SecretsOfTheRun.ShowDirectory("StateDirectory", State);
        foreach (string file in Directory.GetFiles(directory).Where(file => Path.GetFileName(file) is "token" or "canary" or "workload-token"))
        {
            RegisterToken(file);
        }

        foreach (string file in Directory.GetFiles(directory).Where(file => file.EndsWith(".key", StringComparison.Ordinal) || file.EndsWith("key.pem", StringComparison.Ordinal)))
        {
            SecretsOfTheRun.RegisterKey("the key of a serving certificate", await File.ReadAllTextAsync(file));
        }

        // A fault of the API server gives the gateway the private half of one.
        foreach (ServiceAccountKey key in Cluster.Servers.SelectMany(server => server.Keys))
        {
            SecretsOfTheRun.RegisterKey("a signing key of the cluster", key.PrivateKeyPem);
        }

        Directory.Delete(directory, recursive: true);
    }
}
