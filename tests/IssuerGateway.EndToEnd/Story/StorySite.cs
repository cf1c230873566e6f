using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Entra;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Tests;
using IssuerGateway.Tests.Ctl.Cluster;
using IssuerGateway.Tests.Ctl.EntraApp;

namespace IssuerGateway.EndToEnd.Story;

/// <summary>
/// What the way of a platform engineer meets: a private cluster of three API servers, the real gateway that publishes its new
/// issuer, Graph and the token endpoint of one tenant. All but the gateway are stand-ins.
/// </summary>
internal sealed class StorySite : IAsyncDisposable
{
    public const string Old = "https://kubernetes.default.svc.cluster.local";
    public const string New = "https://oidc.example.com";
    public const string Tenant = "22222222-2222-2222-2222-222222222222";

    private readonly string address;
    private GatewayRun? gateway;
    private X509Certificate2? certificate;

    private StorySite(string address, FlaggedCluster cluster)
    {
        this.address = address;
        Cluster = cluster;
        Kubeconfig = cluster.WriteKubeconfig(Directory);
    }

    public TemporaryDirectory Directory { get; } = new();

    public FlaggedCluster Cluster { get; }

    public string Kubeconfig { get; }

    public GraphStandIn Graph { get; } = new();

    public TokenEndpointStandIn Entra { get; private set; } = null!;

    /// <summary>Where the gateway is, as --resolve has it.</summary>
    public string Resolve => $"oidc.example.com:443:{address}";

    public string GatewayRoots => Directory.File("gateway.pem");

    /// <summary>Those of the gateway and of the token endpoint.</summary>
    public string Roots => Directory.File("roots.pem");

    /// <param name="address">A loopback address of one test alone, since relying parties want port 443.</param>
    public static async Task<StorySite> StartAsync(string address) => new(address, await FlaggedCluster.StartAsync($"--service-account-issuer={Old}"));

    /// <summary>Starts the gateway once the cluster signs with the new issuer, and the token endpoint that reads what it publishes.</summary>
    public async Task PublishAsync()
    {
        gateway = await ServeAsync();
        certificate = StandInCertificate.Create("localhost");
        Write("roots.pem", await File.ReadAllTextAsync(GatewayRoots) + "\n" + certificate.ExportCertificatePem());
        Entra = await TokenEndpointStandIn.StartAsync(new TokenEndpointOptions
        {
            Tenant = Tenant,
            Records = clientId => clientId == GraphStandIn.AppId ? [.. Graph.Credentials.Select(credential => new FederatedRecord((string)credential["issuer"]!, (string)credential["subject"]!, (string)credential["audiences"]![0]!))] : null,
            Internet = Internet(),
            Certificate = certificate,
            AccessToken = GraphStandIn.Token,
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (Entra is not null)
        {
            await Entra.DisposeAsync();
        }

        if (gateway is not null)
        {
            await gateway.DisposeAsync();
        }

        certificate?.Dispose();
        Graph.Dispose();
        await Cluster.DisposeAsync();
        Directory.Dispose();
    }

    /// <summary>As kubectl create token and the kubelet have it from an API server.</summary>
    public string Mint(ServiceAccount account, string audience) =>
        TokenMint.Mint(Cluster.Hosts[0].Key, New, account, [audience], TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1)).Text;

    public string Write(string name, string content)
    {
        string file = Directory.File(name);
        File.WriteAllText(file, content);
        return file;
    }

    /// <summary>Of the relying party: oidc.example.com is the gateway, and its certificate is trusted.</summary>
    public HttpClient Internet()
    {
        X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(Roots);
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false };
        handler.SslOptions.CertificateChainPolicy = trust;
        handler.ConnectCallback = async (context, cancellation) =>
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint.Host == "oidc.example.com" ? new IPEndPoint(IPAddress.Parse(address), 443) : context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
    }

    private async Task<GatewayRun> ServeAsync()
    {
        string ca = System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(File.ReadLines(Kubeconfig).Single(line => line.Contains("certificate-authority-data:", StringComparison.Ordinal)).Split(": ")[1].Trim()));
        int operations = FreePorts.Take(1)[0];
        string[] settings =
        [
            $"Issuers:0:Identifier={New}", "Issuers:0:Upstream:Kind=Explicit", $"Issuers:0:Upstream:CaFile={Write("ca.crt", ca)}", $"Issuers:0:Upstream:TokenFile={Write("gateway-token", Cluster.Hosts[0].Mint(TimeSpan.FromHours(1)))}",
            .. Cluster.Addresses.Select((server, i) => $"Issuers:0:Upstream:Servers:{i}={server}"),
            "Tls:Mode=SelfSigned", $"Tls:SelfSigned:ExportFile={GatewayRoots}", $"Edge:Address={address}", "Edge:HttpsPort=443", $"Operations:Port={operations}", "Shutdown:Delay=0s",
        ];
        GatewayRun run = GatewayRun.Start(["serve", .. settings.SelectMany(setting => new[] { "--set", setting })]);
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        await GatewayFixture.WaitAsync(async () =>
        {
            try
            {
                return (await http.GetAsync(new Uri($"http://127.0.0.1:{operations}/readyz"))).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, () => $"{run.Output}\n{run.Error}");
        Assert.Contains("The issuer is published", await http.GetStringAsync(new Uri($"http://127.0.0.1:{operations}/")), StringComparison.Ordinal);
        return run;
    }
}
