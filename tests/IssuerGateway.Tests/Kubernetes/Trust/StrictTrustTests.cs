using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Kubernetes.Trust;
using IssuerGateway.Tests.Upstream;

namespace IssuerGateway.Tests.Kubernetes.Trust;

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_a_CA_is_replaced_by_one_of_the_same_name_both_are_believed(bool isOldFirst)
    {
        // As kubeadm and kubespray make them: no key identifiers, so that the name alone says which one has signed.
        using ClusterCa next = new();
        ClusterCa[] bundle = isOldFirst ? [fixture.Ca, next] : [next, fixture.Ca];

        Assert.Null(await FaultOf(fixture.Ca.Server("127.0.0.1"), bundle));
        Assert.Null(await FaultOf(next.Server("127.0.0.1"), bundle));
    }

    [Theory]
    [InlineData("forged")]
    [InlineData("expired")]
    [InlineData("client")]
    public async Task Of_two_CAs_of_one_name_neither_believes_anything_else(string kind)
    {
        using ClusterCa next = new();
        X509Certificate2 certificate = kind switch
        {
            "forged" => fixture.Ca.Forged("127.0.0.1"),
            "expired" => next.Expired("127.0.0.1"),
            _ => next.Client("127.0.0.1"),
        };

        Assert.Equal("tls-untrusted", await FaultOf(certificate, fixture.Ca, next));
    }

    [Theory]
    [InlineData("127.0.0.1", 0, 1, true, null)]
    [InlineData("elsewhere", 0, 1, true, "tls-name-mismatch")]
    [InlineData("127.0.0.1", -2, -1, true, "tls-untrusted")]
    [InlineData("127.0.0.1", 0, 1, false, "tls-untrusted")]
    public async Task A_server_certificate_in_the_bundle_is_believed_itself(string name, int from, int until, bool isForServers, string? code)
    {
        using X509Certificate2 own = SelfSigned(name, from, until, isForServers);

        Assert.Equal(code, await FaultOf(own, fixture.Ca.Pem + "\n" + own.ExportCertificatePem()));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task The_unspecified_address_is_this_machine(string name)
    {
        await using RawTlsServer server = new(fixture.Ca.Server(name), RawTlsServer.Replay(SourceFixture.Responses()));
        await using IDocumentSource source = fixture.Source(new UriBuilder(server.Address) { Host = "0.0.0.0" }.Uri);

        Assert.Null(Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault);
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

    private static X509Certificate2 SelfSigned(string name, int from, int until, bool isForServers)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=k3s", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        if (IPAddress.TryParse(name, out IPAddress? address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(isForServers ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2")], critical: false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(from).AddHours(-1), now.AddDays(until));
    }

    private Task<string?> FaultOf(X509Certificate2 certificate, params ClusterCa[] anchors) => FaultOf(certificate, string.Join('\n', anchors.Select(ca => ca.Pem)));

    private async Task<string?> FaultOf(X509Certificate2 certificate, string bundle)
    {
        await File.WriteAllTextAsync(fixture.TrustFile, bundle);
        await using RawTlsServer server = new(certificate, RawTlsServer.Replay(SourceFixture.Responses()));
        await using IDocumentSource source = fixture.Source(server.Address);
        FetchFault? fault = Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault;
        Assert.Equal(fault is null, server.Requests.Count > 0);
        return fault?.Code;
    }
}
