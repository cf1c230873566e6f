using System.Net;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo.RelyingParty;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Tests.Demo;

/// <summary>Asks a stand-in API server, whose refusals and faults are what a relying party must not fall for.</summary>
public sealed class StrictDocumentRetrieverTests : IAsyncLifetime
{
    private StandInCluster cluster = null!;
    private StrictDocumentRetriever retriever = null!;

    private string Url => $"https://kubernetes.default.svc:{cluster.Server.Port}/openid/v1/jwks";

    public async ValueTask InitializeAsync()
    {
        cluster = await StandInCluster.StartAsync(new() { Keys = [ServiceAccountKey.Create(SigningAlgorithm.ES256)] });
        retriever = new StrictDocumentRetriever(X509Certificate2.CreateFromPem(cluster.Ca.Pem), new IPEndPoint(IPAddress.Loopback, cluster.Server.Port));
    }

    public async ValueTask DisposeAsync()
    {
        retriever.Dispose();
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task Returns_the_document_of_a_trusted_server()
    {
        cluster.Server.Break(FaultKind.HtmlPage);

        Assert.StartsWith("<!DOCTYPE html>", await retriever.GetDocumentAsync(Url, CancellationToken.None));
    }

    [Fact]
    public async Task Refuses_a_url_that_is_not_https()
    {
        Assert.Equal("http://127.0.0.1/: not https", await RefusalAsync("http://127.0.0.1/"));
        Assert.Empty(cluster.Server.Requests.All);
    }

    [Fact]
    public async Task Refuses_any_status_but_200_and_follows_no_redirect()
    {
        Assert.Equal($"{Url}: status 401", await RefusalAsync(Url));

        cluster.Server.Break(new Fault(FaultKind.Redirect) { Location = $"https://127.0.0.1:{cluster.Server.Port}/readyz" });
        Assert.Equal($"{Url}: status 302", await RefusalAsync(Url));
        Assert.Equal(0, cluster.Server.Requests.Count("/readyz"));
    }

    [Fact]
    public async Task Refuses_a_document_over_its_cap()
    {
        cluster.Server.Break(FaultKind.Oversize);

        Assert.Equal($"{Url}: Cannot write more bytes to the buffer than the configured maximum buffer size: 262144.", await RefusalAsync(Url));
    }

    [Fact]
    public async Task Refuses_a_server_that_its_trust_does_not_cover()
    {
        cluster.Server.Break(FaultKind.CertificateOfAnotherCa);
        Assert.StartsWith($"{Url}: The remote certificate", await RefusalAsync(Url));

        cluster.Server.Break(FaultKind.CertificateOfAnotherName);
        Assert.Contains("RemoteCertificateNameMismatch", await RefusalAsync(Url));
    }

    private async Task<string> RefusalAsync(string url) =>
        (await Assert.ThrowsAsync<IOException>(() => retriever.GetDocumentAsync(url, CancellationToken.None))).Message;
}
