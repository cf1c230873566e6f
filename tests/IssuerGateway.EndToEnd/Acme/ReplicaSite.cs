using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.EndToEnd.Acme;

/// <summary>What gateway processes share that are replicas: Secrets and a Lease of one stand-in; the second stands where the CA validates.</summary>
public abstract class ReplicaSite : IAsyncLifetime
{
    private protected AcmeSite Site { get; } = new();

    private protected IReadOnlyList<int> OtherPorts { get; } = FreePorts.Take(3);

    private protected StandInObjects Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        TestCa ca = new();
        (string chain, string key) = ca.Issue("localhost");
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(chain, key);
        X509Certificate2Collection all = [];
        all.ImportFromPem(chain);
        Cluster = await StandInObjects.StartAsync(replicas: 2, https: (X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null), all));
        Cluster.PutAsTheChart("issuer-gateway", AcmeSite.Host);
        await File.WriteAllTextAsync(Site.PathOf("cluster-ca.pem"), ca.Root.ExportCertificatePem());
        string token = System.Security.Cryptography.RandomNumberGenerator.GetHexString(48);
        IssuerGateway.EndToEnd.Secrets.SecretsOfTheRun.Register("the bearer token of a kubeconfig", token);
        foreach ((string kubeconfig, int port) in new[] { ("kubeconfig", Cluster.Ports[0]), ("kubeconfig-elsewhere", Cluster.Ports[1]) })
        {
            await File.WriteAllTextAsync(Site.PathOf(kubeconfig), $"""
                apiVersion: v1
                kind: Config
                current-context: only
                contexts:
                - name: only
                  context:
                    cluster: only
                    user: only
                clusters:
                - name: only
                  cluster:
                    server: https://localhost:{port}
                    certificate-authority: cluster-ca.pem
                users:
                - name: only
                  user:
                    token: {token}
                """);
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Cluster.DisposeAsync();
        Site.Dispose();
    }

    private protected System.Text.Json.Nodes.JsonNode CertificateSecret() => Cluster.Objects[$"/api/v1/namespaces/gateway/secrets/issuer-gateway-tls-{AcmeSite.Host}"];

    private protected string StoredChain() => (string?)CertificateSecret()["data"]?["tls.crt"] ?? "";

    private protected GatewayRun Serve(Pebble ca, string challenge) => Site.Serve(ca, Shared(challenge));

    /// <summary>Reaches the API server by a port of its own: <c>Cluster.CutOff(1)</c>.</summary>
    private protected GatewayRun ServeElsewhere(Pebble ca, string challenge) => Site.Serve(
        ca, [.. Shared(challenge), $"Tls:Kubernetes:KubeconfigFile={Site.PathOf("kubeconfig-elsewhere")}", $"Edge:HttpPort={OtherPorts[0]}", $"Edge:HttpsPort={OtherPorts[1]}", $"Operations:Port={OtherPorts[2]}", $"Operations:CommandSocket={Site.PathOf("commands-elsewhere.sock")}"]);

    private protected string[] Shared(string challenge) =>
    [
        "Tls:Acme:Store=Secrets", "Tls:Kubernetes:Namespace=gateway", $"Tls:Kubernetes:KubeconfigFile={Site.PathOf("kubeconfig")}", $"Tls:Acme:Challenges={challenge}",
    ];

    private protected static Task LeadsAsync(GatewayRun gateway, Pebble ca) =>
        AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("orders certificates now", StringComparison.Ordinal)), gateway, ca);
}
