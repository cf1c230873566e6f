using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Checking;
using IssuerGateway.Demo;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Acme;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Tests.Ctl.EntraApp;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>
/// The players of the story, all but Microsoft real: a stand-in cluster, the gateway that publishes its issuer under a
/// certificate that a Pebble has issued, and a
/// stand-in token endpoint that fetches keys from the gateway and finds credentials in the stand-in Graph of the moment.
/// </summary>
public sealed class StoryFixture : IAsyncLifetime
{
    internal const string Tenant = "00000000-0000-0000-0000-000000000000";
    internal const string Audience = "api://AzureADTokenExchange";

    private readonly X509Certificate2 certificate = StandInCertificate.Create("localhost");
    private readonly X509Certificate2Collection roots = [];
    private HttpClient internet = null!;
    private GatewayRun gateway = null!;
    private Pebble ca = null!;

    internal GatewayFixture Gateway { get; private set; } = null!;

    internal TokenEndpointStandIn Endpoint { get; private set; } = null!;

    /// <summary>The workload of the story.</summary>
    internal ServiceAccount Workload { get; private set; } = null!;

    /// <summary>Each test puts its own.</summary>
    internal GraphStandIn? Graph { get; set; }

    internal string RootsFile => Gateway.PathOf("roots.pem");

    /// <summary>The way to the gateway and to the token endpoint.</summary>
    internal string Reach => $"--ca {RootsFile} --resolve localhost:{Gateway.Port}:127.0.0.1";

    public async ValueTask InitializeAsync()
    {
        Gateway = await GatewayFixture.StartAsync();
        Workload = Gateway.Cluster.AddAccount("azure-demo", "azure-demo");
        int httpPort = FreePorts.Take(1)[0];
        ca = await Pebble.StartAsync(new PebbleOptions { HttpPort = httpPort, TlsPort = Gateway.Port });
        gateway = await Gateway.ServeUntilReadyAsync(
            "Tls:Mode=Acme",
            "Tls:SelfSigned:ExportFile=",
            $"Tls:Acme:Directory={ca.Url}",
            "Tls:Acme:AcceptTerms=true",
            $"Tls:Acme:CaFile={ca.RootFile}",
            $"Tls:Acme:StoreDirectory={Gateway.PathOf("acme")}",
            $"Edge:HttpPort={httpPort}");
        await AcmeSite.UntilAsync(async () => await AcmeSite.HandshakeAsync(Gateway.Port, "localhost") is not null, gateway, ca);
        await File.WriteAllTextAsync(RootsFile, (await ca.RootAsync()).ExportCertificatePem() + "\n" + certificate.ExportCertificatePem());
        roots.ImportFromPemFile(RootsFile);
        internet = PublicIssuerReader.Internet(roots);
        Endpoint = await TokenEndpointStandIn.StartAsync(new TokenEndpointOptions
        {
            Tenant = Tenant,
            Records = Records,
            Internet = internet,
            Certificate = certificate,
            AccessToken = GraphStandIn.Token,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Endpoint.DisposeAsync();
        internet.Dispose();
        await gateway.DisposeAsync();
        await ca.DisposeAsync();
        await Gateway.DisposeAsync();
        certificate.Dispose();
    }

    internal HttpClient Public() => PublicIssuerReader.Internet(roots);

    // What the endpoint finds in the directory is what apply left there.
    internal IReadOnlyList<FederatedRecord>? Records(string clientId) => clientId != GraphStandIn.AppId || Graph?.Application is null
        ? null
        : [.. Graph.Credentials.Select(credential => new FederatedRecord((string)credential["issuer"]!, (string)credential["subject"]!, (string)credential["audiences"]![0]!))];
}
