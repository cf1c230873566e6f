using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace IssuerGateway.Tests.Publishing;

/// <summary>
/// Every fault of an API server, from its socket to what is published: the last good documents stay, log and metric
/// name the fault, and a cold start publishes nothing.
/// </summary>
public sealed class UpstreamFaultTests : IAsyncDisposable
{
    private readonly TemporaryDirectory directory = new();

    public ValueTask DisposeAsync()
    {
        directory.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What is expected of each fault, written down before it is tried.</summary>
    public static TheoryData<string, string> Faults => new()
    {
        { "Status401", "fetch-unauthorized" },
        { "Status403", "fetch-forbidden" },
        { "Status404", "fetch-not-found" },
        { "Status406", "fetch-not-acceptable" },
        { "Status429", "fetch-too-many-requests" },
        { "Status500", "fetch-server-error" },
        { "Redirect", "fetch-redirect" },
        { "Hang", "fetch-timeout" },
        { "SlowDrip", "fetch-timeout" },
        { "Oversize", "fetch-oversize" },
        { "Truncated", "fetch-truncated" },
        { "BrokenJson", "discovery-malformed" },
        { "DuplicateMember", "discovery-malformed" },
        { "OtherIssuer", "issuer-mismatch" },
        { "PrivateKey", "private-key" },
        { "EmptySet", "key-set-empty" },
        { "DuplicateKid", "kid-duplicate" },
        { "HtmlPage", "fetch-wrong-content-type" },
        { "CertificateOfAnotherCa", "fetch-tls-untrusted" },
        { "CertificateOfAnotherName", "fetch-tls-name-mismatch" },
        { "Stopped", "fetch-connect-failed" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task The_last_good_documents_stay_and_the_fault_is_named(string fault, string rule)
    {
        await using StandInCluster cluster = await StandInCluster.StartAsync();
        await using Site gateway = new(cluster, directory.Path);
        await gateway.Publisher.RefreshAsync(CancellationToken.None);
        PublishedIssuer good = gateway.Published.Find(gateway.Identifier)!;

        await BreakAsync(cluster.Server, fault);
        await gateway.Publisher.RefreshAsync(CancellationToken.None);

        Assert.Equal(good[0, DocumentKind.Discovery].ETag, gateway.Published.Find(gateway.Identifier)![0, DocumentKind.Discovery].ETag);
        Assert.Equal(good[0, DocumentKind.KeySet].ETag, gateway.Published.Find(gateway.Identifier)![0, DocumentKind.KeySet].ETag);
        Assert.Equal(1, gateway.Publisher.State.Failures);
        Assert.Contains(gateway.Publisher.State.Findings, finding => finding.Rule == rule && finding.Hint.Length > 0);
        Assert.Contains(gateway.Log.Lines, line => line.StartsWith($"Error: Finding {rule} of issuer {gateway.Identifier}: ", StringComparison.Ordinal));
        Assert.Contains($"outcome=\"{rule}\"}} 1\n", await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_cold_start_publishes_nothing_and_recovers(string fault, string rule)
    {
        await using StandInCluster cluster = await StandInCluster.StartAsync();
        await using Site gateway = new(cluster, directory.Path);
        await BreakAsync(cluster.Server, fault);
        await gateway.Publisher.RefreshAsync(CancellationToken.None);
        Assert.Null(gateway.Published.Find(gateway.Identifier));
        Assert.Contains(gateway.Publisher.State.Findings, finding => finding.Rule == rule);

        if (fault == "Stopped")
        {
            await cluster.Server.StartAsync();
        }

        cluster.Server.Mend();
        await gateway.Publisher.RefreshAsync(CancellationToken.None);

        Assert.NotNull(gateway.Published.Find(gateway.Identifier));
        Assert.Empty(gateway.Publisher.State.Findings);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Of_three_API_servers_a_faulty_one_changes_nothing(string fault, string rule)
    {
        await using StandInCluster cluster = await StandInCluster.StartAsync(new StandInOptions { Servers = 3 });
        await using Site gateway = new(cluster, directory.Path);

        await BreakAsync(cluster.Servers[1], fault);
        await gateway.Publisher.RefreshAsync(CancellationToken.None);

        Assert.NotNull(gateway.Published.Find(gateway.Identifier));
        Assert.Equal(0, gateway.Publisher.State.Failures);
        ServerState faulty = Assert.Single(gateway.Publisher.State.Servers, server => !server.IsAccepted);
        Assert.Contains(faulty.Findings, finding => finding.Rule == rule);
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

    [Theory]
    [InlineData(null, "fetch-token-missing")]
    [InlineData("", "fetch-token-empty")]
    public async Task A_token_file_without_a_token_is_named(string? content, string rule)
    {
        await using StandInCluster cluster = await StandInCluster.StartAsync();
        await using Site gateway = new(cluster, directory.Path);
        File.Delete(directory.File("token"));
        if (content is not null)
        {
            await File.WriteAllTextAsync(directory.File("token"), content);
        }

        await gateway.Publisher.RefreshAsync(CancellationToken.None);

        Assert.Equal(rule, Assert.Single(gateway.Publisher.State.Findings).Rule);
    }

    private static async Task BreakAsync(StandInApiServer server, string fault)
    {
        if (fault == "Stopped")
        {
            await server.StopAsync();
        }
        else if (fault.StartsWith("Status", StringComparison.Ordinal))
        {
            server.Break(Fault.OfStatus(int.Parse(fault["Status".Length..])));
        }
        else
        {
            server.Break(Enum.Parse<FaultKind>(fault));
        }
    }

    /// <summary>A publisher over the real upstream; one attempt takes a second here instead of five.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private readonly DocumentSources sources = new(new FetchLimits { Attempt = TimeSpan.FromSeconds(1) }, TimeProvider.System, NullLoggerFactory.Instance);
        private readonly CollectorRegistry registry = Metrics.NewCustomRegistry();

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
            Published = new PublishedDocuments(TimeProvider.System);
            Publisher = new Publisher(issuer, sources.Create(upstream, issuer.Identifier.Value, issuer.Identifier.KeySetUri), Published,
                new LastKnownGoodStore(null), new KeyLedgerStore(null), canary: null, PublisherFixture.Settings,
                new PublishingMetrics(Metrics.WithCustomRegistry(registry)), TimeProvider.System, Log.For<Publisher>());
        }

        public IssuerIdentifier Identifier => Publisher.Issuer.Identifier;

        public Publisher Publisher { get; }

        public PublishedDocuments Published { get; }

        public CapturedLog Log { get; } = new();

        public async Task<string> MetricsAsync()
        {
            using MemoryStream stream = new();
            await registry.CollectAndExportAsTextAsync(stream);
            return System.Text.Encoding.UTF8.GetString(stream.ToArray());
        }

        public async ValueTask DisposeAsync()
        {
            await Publisher.Source.DisposeAsync();
            await sources.DisposeAsync();
            Published.Dispose();
        }
    }
}
