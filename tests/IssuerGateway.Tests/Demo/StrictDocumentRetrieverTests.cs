using System.Net;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo.RelyingParty;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Tests.Demo;

/// <summary>Queries a stand-in API server, whose rejections and faults are what a relying party must not fall for.</summary>
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
    public async Task Rejects_a_url_that_is_not_https()
    {
        Assert.Equal("http://127.0.0.1/: not https", await RejectionAsync("http://127.0.0.1/"));
        Assert.Empty(cluster.Server.Requests.All);
    }

    [Fact]
    public async Task Rejects_any_status_but_200_and_follows_no_redirect()
    {
        Assert.Equal($"{Url}: status 401", await RejectionAsync(Url));

        cluster.Server.Break(new Fault(FaultKind.Redirect) { Location = $"https://127.0.0.1:{cluster.Server.Port}/readyz" });
        Assert.Equal($"{Url}: status 302", await RejectionAsync(Url));
        Assert.Equal(0, cluster.Server.Requests.Count("/readyz"));
    }

    [Fact]
    public async Task Rejects_a_document_over_its_cap()
    {
        cluster.Server.Break(FaultKind.Oversize);

        Assert.Equal($"{Url}: Cannot write more bytes to the buffer than the configured maximum buffer size: 262144.", await RejectionAsync(Url));
    }

    [Fact]
    public async Task Rejects_a_server_that_its_trust_does_not_cover()
    {
        cluster.Server.Break(FaultKind.CertificateOfAnotherCa);
        Assert.StartsWith($"{Url}: The remote certificate", await RejectionAsync(Url));

        cluster.Server.Break(FaultKind.CertificateOfAnotherName);
        Assert.Contains("RemoteCertificateNameMismatch", await RejectionAsync(Url));
    }

    private async Task<string> RejectionAsync(string url) =>
        (await Assert.ThrowsAsync<IOException>(() => retriever.GetDocumentAsync(url, CancellationToken.None))).Message;
}
