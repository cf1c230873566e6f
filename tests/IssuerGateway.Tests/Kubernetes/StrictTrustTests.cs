using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Kubernetes;
using IssuerGateway.Tests.Upstream;

namespace IssuerGateway.Tests.Kubernetes;

/// <summary>Which server certificates are believed, seen through a whole fetch.</summary>
public sealed class StrictTrustTests : IAsyncDisposable
{
    private readonly SourceFixture fixture = new();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public async Task A_certificate_of_the_CA_is_believed() =>
        Assert.Null(await FaultOf(fixture.Ca.Server("127.0.0.1"), fixture.Ca));

    [Fact]
    public async Task A_CA_that_another_one_has_signed_is_an_anchor_of_its_own()
    {
        using ClusterCa intermediate = fixture.Ca.Intermediate("cluster-ca");

        Assert.Null(await FaultOf(intermediate.Server("127.0.0.1"), intermediate));
        Assert.Null(await FaultOf(intermediate.Server("127.0.0.1"), intermediate, fixture.Ca));
    }

    [Theory]
    [InlineData("forged", "tls-untrusted")]
    [InlineData("expired", "tls-untrusted")]
    [InlineData("client", "tls-untrusted")]
    [InlineData("sibling", "tls-untrusted")]
    [InlineData("parent", "tls-untrusted")]
    [InlineData("self", "tls-untrusted")]
    [InlineData("name", "tls-name-mismatch")]
    public async Task A_CA_that_another_one_has_signed_believes_nothing_else(string kind, string code)
    {
        using ClusterCa intermediate = fixture.Ca.Intermediate("cluster-ca");
        using ClusterCa sibling = fixture.Ca.Intermediate("sibling");
        X509Certificate2 certificate = kind switch
        {
            "forged" => intermediate.Forged("127.0.0.1"),
            "expired" => intermediate.Expired("127.0.0.1"),
            "client" => intermediate.Client("127.0.0.1"),
            "sibling" => sibling.Server("127.0.0.1"),
            "parent" => fixture.Ca.Server("127.0.0.1"),
            "self" => intermediate.Itself(),
            _ => intermediate.Server("elsewhere"),
        };

        Assert.Equal(code, await FaultOf(certificate, intermediate));
    }

    [Theory]
    [InlineData("forged")]
    [InlineData("expired")]
    [InlineData("client")]
    [InlineData("other")]
    public async Task A_root_believes_nothing_else(string kind)
    {
        using ClusterCa other = new("other");
        X509Certificate2 certificate = kind switch
        {
            "forged" => fixture.Ca.Forged("127.0.0.1"),
            "expired" => fixture.Ca.Expired("127.0.0.1"),
            "client" => fixture.Ca.Client("127.0.0.1"),
            _ => other.Server("127.0.0.1"),
        };

        Assert.Equal("tls-untrusted", await FaultOf(certificate, fixture.Ca));
    }

    [Fact]
    public void Nothing_of_the_surroundings_comes_between()
    {
        using SocketsHttpHandler handler = new() { Proxy = new WebProxy("http://proxy.example.test:3128") };

        StrictTrust.Apply(handler, new ApiServerAccess { Servers = [], Trust = TrustAnchors.Parse(Encoding.ASCII.GetBytes(fixture.Ca.Pem), "ca.crt", out _)! }, TimeSpan.FromSeconds(1));

        Assert.Equal((false, false, false, DecompressionMethods.None), (handler.UseProxy, handler.AllowAutoRedirect, handler.UseCookies, handler.AutomaticDecompression));
        Assert.Null(handler.ActivityHeadersPropagator);
        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, handler.SslOptions.EnabledSslProtocols);
    }

    private async Task<string?> FaultOf(X509Certificate2 certificate, params ClusterCa[] anchors)
    {
        await File.WriteAllTextAsync(fixture.TrustFile, string.Join('\n', anchors.Select(ca => ca.Pem)));
        await using RawTlsServer server = new(certificate, RawTlsServer.Replay(SourceFixture.Answers()));
        await using IDocumentSource source = fixture.Source(server.Address);
        FetchFault? fault = Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault;
        Assert.Equal(fault is null, server.Requests.Count > 0);
        return fault?.Code;
    }
}
