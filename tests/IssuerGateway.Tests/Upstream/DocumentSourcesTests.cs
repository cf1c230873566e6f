using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Upstream;
using Yarp.ReverseProxy.Model;

namespace IssuerGateway.Tests.Upstream;

public sealed class DocumentSourcesTests : IAsyncDisposable
{
    private readonly SourceFixture fixture = new();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public async Task Issuers_share_the_model_of_the_servers_and_leave_it_with_their_source()
    {
        await using RawTlsServer first = fixture.Server();
        await using RawTlsServer second = fixture.Server();
        IDocumentSource a = SourceOf("https://a.example", first.Address);
        await using IDocumentSource b = SourceOf("https://b.example", second.Address);
        Assert.Empty(fixture.Sources.Health());

        await a.FetchAsync(CancellationToken.None);
        await b.FetchAsync(CancellationToken.None);
        Assert.Equal(["https://a.example", "https://b.example"], fixture.Sources.Health().Select(health => health.Issuer));

        await a.DisposeAsync();
        Assert.Equal(["https://b.example"], fixture.Sources.Health().Select(health => health.Issuer));
    }

    [Fact]
    public async Task Issuers_that_are_fetched_at_once_are_all_in_the_model_of_the_servers_when_their_fetch_has_ended()
    {
        await using RawTlsServer server = fixture.Server();
        List<IDocumentSource> sources = [.. Enumerable.Range(0, 40).Select(i => SourceOf($"https://{i:00}.example", server.Address))];

        IReadOnlyList<UpstreamResponse>[] responses = await Task.WhenAll(sources.Select(source => Task.Run(() => source.FetchAsync(CancellationToken.None))));

        Assert.All(responses, response => Assert.NotNull(Assert.Single(response).Documents));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => ($"https://{i:00}.example", DestinationHealth.Healthy)), fixture.Sources.Health().Select(health => (health.Issuer, health.Fetch)));
        await Task.WhenAll(sources.Select(source => source.DisposeAsync().AsTask()));
        Assert.Empty(fixture.Sources.Health());
    }

    [Fact]
    public void Gives_the_token_that_it_shows_where_there_is_one()
    {
        Assert.Equal("the-token", fixture.Sources.OwnToken(Explicit(new Uri("https://127.0.0.1:1"))));

        File.Delete(fixture.TokenFile);
        Assert.Null(fixture.Sources.OwnToken(Explicit(new Uri("https://127.0.0.1:1"))));
        Assert.Null(fixture.Sources.OwnToken(new DirectoryUpstream("/d")));
        Assert.Null(fixture.Sources.OwnToken(new PublicKeysUpstream(["/a.pub"])));
    }

    [Theory]
    [InlineData("directory /d")]
    [InlineData("public keys /a.pub, /b.pub")]
    [InlineData("kubeconfig /k, context c")]
    [InlineData("https://10.0.0.1:6443, https://10.0.0.2:6443")]
    [InlineData("the API servers of this cluster")]
    public async Task Each_kind_has_its_source(string description)
    {
        UpstreamSettings settings = description[0] switch
        {
            'd' => new DirectoryUpstream("/d"),
            'p' => new PublicKeysUpstream(["/a.pub", "/b.pub"]),
            'k' => new KubeconfigUpstream("/k", "c"),
            'h' => Explicit(new Uri("https://10.0.0.1:6443"), new Uri("https://10.0.0.2:6443")),
            _ => new InClusterUpstream(null),
        };

        await using IDocumentSource source = fixture.Sources.Create(settings, "https://a.example", "https://a.example/openid/v1/jwks");

        Assert.Equal(description, source.Description);
    }

    private IDocumentSource SourceOf(string issuer, Uri server) => fixture.Sources.Create(Explicit(server), issuer, "");

    private ExplicitUpstream Explicit(params Uri[] servers) => new()
    {
        Servers = servers,
        TrustFile = fixture.TrustFile,
        TokenFile = fixture.TokenFile,
        ClientCertificateFiles = null,
        ServerName = null,
    };
}
