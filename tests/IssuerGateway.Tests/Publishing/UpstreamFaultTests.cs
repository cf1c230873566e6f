using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace IssuerGateway.Tests.Publishing;

/// <summary>What looks like a fault of an API server and is none; the faults are in <see cref="FaultMatrixTests"/>.</summary>
public sealed class UpstreamFaultTests : IAsyncDisposable
{
    private readonly TemporaryDirectory directory = new();

    public ValueTask DisposeAsync()
    {
        directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_token_that_was_just_rotated_is_read_again_at_once()
    {
        await using StandInCluster cluster = await StandInCluster.StartAsync();
        await using Site gateway = new(cluster, directory.Path);
        await gateway.Publisher.RefreshAsync(CancellationToken.None);

        cluster.Revoke(await File.ReadAllTextAsync(directory.File("token")));
        new ClusterFiles(cluster, directory.Path).WriteToken();
        await gateway.Publisher.RefreshAsync(CancellationToken.None);

        Assert.Equal(0, gateway.Publisher.State.Failures);
    }

    [Fact]
    public async Task A_name_that_is_not_known_any_longer_is_named()
    {
        await using StandInCluster cluster = await StandInCluster.StartAsync();
        ClusterFiles files = new(cluster, directory.Path);
        await using DocumentSources sources = new(new FetchLimits(), TimeProvider.System, NullLoggerFactory.Instance);
        await using IDocumentSource source = sources.Create(
            new ExplicitUpstream { Servers = [new Uri("https://gone.invalid:6443")], TrustFile = files.WriteCa(), TokenFile = files.WriteToken(), ClientCertificateFiles = null, ServerName = null }, Build.Url, $"{Build.Url}/openid/v1/jwks");

        UpstreamResponse response = Assert.Single(await source.FetchAsync(CancellationToken.None));

        Assert.Equal(
            ("connect-failed", "https://gone.invalid:6443/.well-known/openid-configuration: the host name cannot be resolved"),
            (response.Fault!.Code, response.Fault.Message));
    }

    /// <summary>A publisher over the real upstream; one attempt takes a second here instead of five.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private readonly DocumentSources sources = new(new FetchLimits { Attempt = TimeSpan.FromSeconds(1) }, TimeProvider.System, NullLoggerFactory.Instance);

        public Site(StandInCluster cluster, string directory)
        {
            ClusterFiles files = new(cluster, directory);
            UpstreamSettings upstream = new ExplicitUpstream
            {
                Servers = [.. cluster.Servers.Select(server => server.Url)],
                TrustFile = files.WriteCa(),
                TokenFile = files.WriteToken(),
                ClientCertificateFiles = null,
                ServerName = null,
            };
            Issuer issuer = Build.Issuer();
            Published = new DocumentStore(TimeProvider.System);
            Publisher = new Publisher(issuer, sources.Create(upstream, issuer.Identifier.Value, issuer.Identifier.KeySetUri), Published,
                new StateStores(null), secrets: null, canary: null, PublisherFixture.Settings,
                new PublishingMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), TimeProvider.System, NullLogger<Publisher>.Instance);
        }

        public Publisher Publisher { get; }

        public DocumentStore Published { get; }

        public async ValueTask DisposeAsync()
        {
            await Publisher.Source.DisposeAsync();
            await sources.DisposeAsync();
            Published.Dispose();
        }
    }
}
