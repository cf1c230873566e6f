using System.Text;
using IssuerGateway.Configuration;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Edge;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Edge;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace IssuerGateway.Tests.Publishing;

/// <summary>One cell of the fault matrix: a gateway in its situation, over the real upstream, up to its edge and its readiness.</summary>
internal sealed class FaultySite(StandInCluster cluster, string directory, FaultSituation situation, string fault) : IAsyncDisposable
{
    /// <summary>Refreshes until a slow machine has let a healthy one pass.</summary>
    private const int Tries = 20;

    private const string Discovery = "/.well-known/openid-configuration";
    private const string KeySetPath = "/openid/v1/jwks";

    private Run? gateway;
    private string? good;

    public ClusterFiles Files { get; } = new(cluster, directory);

    public string TokenFile { get; private set; } = "";

    private Run Gateway => gateway!;

    private string Cell => $"{situation.Servers} servers, {(situation.AllAreFaulty ? "all" : "one")} faulty, {situation.Start}";

    /// <summary>Up to the moment before the fault.</summary>
    public async Task PrepareAsync()
    {
        TokenFile = Files.WriteToken();
        string? state = situation.Start == "restart with state" ? Directory.CreateDirectory(Path.Combine(directory, "state")).FullName : null;
        gateway = await StartAsync(state);
        if (situation.Start != "cold")
        {
            await UntilHealthyAsync();
            good = Gateway.ETags();
        }

        if (situation.Start.StartsWith("restart", StringComparison.Ordinal))
        {
            await gateway.DisposeAsync();
            gateway = await StartAsync(state);
        }
    }

    /// <summary>The moment when the token file is read again.</summary>
    public void Age() => Gateway.UpstreamTime?.Advance(IssuerGateway.Kubernetes.TokenFile.RereadAfter);

    public Task RefreshAsync() => Gateway.Publisher.RefreshAsync(CancellationToken.None);

    public async Task AssertAsync(string rule, int faulty)
    {
        (int Status, bool HasBody)[] documents = [Gateway.Query(Discovery), Gateway.Query(KeySetPath)];
        Assert.True(documents.All(document => document == (situation.Documents, situation.Documents == 200)), $"{Cell}: {string.Join(", ", documents)}");
        Assert.Equal((Cell, situation.Bytes), (Cell, BytesOf()));

        ServerState[] rejected = [.. Gateway.Publisher.State.Servers.Where(server => !server.IsAccepted)];
        Assert.Equal((Cell, faulty), (Cell, rejected.Length));
        Assert.All(rejected, server => Assert.Contains(server.Findings, finding => finding.Rule == rule && finding.Hint.Length > 0));

        // A server that is down while others publish is a warning; servers that state different issuers are one finding.
        bool isPartial = !situation.AllAreFaulty;
        string severity = isPartial && ServerFindings.IsUnavailable(Finding.Error(rule, "", "")) ? "Warning" : "Error";
        string named = isPartial && rule == "issuer-mismatch" ? "issuers-differ" : rule;
        Assert.Contains(Gateway.Log.Lines, line => line.StartsWith($"{severity}: Finding {named} of issuer {Build.Url}: ", StringComparison.Ordinal));
        string metrics = await Gateway.MetricsAsync();
        Assert.Equal((Cell, faulty), (Cell, metrics.Split('\n').Count(line => line.StartsWith("issuer_gateway_refresh_total{", StringComparison.Ordinal) && line.EndsWith($"outcome=\"{rule}\"}} 1", StringComparison.Ordinal))));
        Assert.Contains($"issuer_gateway_findings{{issuer=\"{Build.Url}\",rule=\"{named}\",severity=\"{severity.ToLowerInvariant()}\"}} ", metrics, StringComparison.Ordinal);
        Assert.Contains($"issuer_gateway_stale{{issuer=\"{Build.Url}\"}} {situation.Stale}\n", metrics, StringComparison.Ordinal);

        Assert.Equal((Cell, situation.ReadyAtOnce), (Cell, (await Gateway.ReadyAsync()).Status));
        Gateway.Time.Advance(RefreshService.ReadyWithout);
        (int status, string says) = await Gateway.ReadyAsync();
        Assert.Equal((Cell, situation.ReadyLater, true), (Cell, status, says.EndsWith(situation.ReadySays, StringComparison.Ordinal)));
    }

    public async Task AssertRecoversAsync()
    {
        await UntilHealthyAsync();
        Assert.Empty(Gateway.Publisher.State.Findings);
        Assert.Equal((200, true), Gateway.Query(KeySetPath));
        Assert.Equal((200, "ok"), await Gateway.ReadyAsync());
    }

    public async ValueTask DisposeAsync() => await (gateway?.DisposeAsync() ?? ValueTask.CompletedTask);

    private string BytesOf()
    {
        string? now = Gateway.ETags();
        bool isExpected = now is null || (Gateway.Body() == Expected() && (good is null || good == now));
        return !isExpected ? "other bytes" : now is null ? "none" : Gateway.Publisher.State is { HasRefreshed: true, Failures: 0 } ? "fresh" : "last-known-good";
    }

    private string Expected() => $"{{\"keys\":[{string.Join(",", cluster.Server.Keys.Select(key => key.Jwk))}]}}";

    private async Task UntilHealthyAsync()
    {
        for (int tried = 0; tried < Tries && !(Gateway.Publisher.State is { Failures: 0, HasRefreshed: true } && Gateway.Publisher.State.Servers.All(server => server.IsAccepted)); tried++)
        {
            await RefreshAsync();
        }

        Assert.All(Gateway.Publisher.State.Servers, server => Assert.True(server.IsAccepted, $"{Cell}: {string.Join(", ", server.Findings)}"));
    }

    private async Task<Run> StartAsync(string? state)
    {
        // What an API server does takes real time; how old a token is, comes from a clock that the test advances.
        JumpingTime? upstreamTime = fault.StartsWith("Token", StringComparison.Ordinal) ? new JumpingTime() : null;
        Run started = new(cluster, Files.WriteCa(), TokenFile, state, upstreamTime);
        await started.Refresh.StartingAsync(CancellationToken.None);
        return started;
    }

    /// <summary>One process of the gateway, without its sockets to the public.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly DocumentSources sources;
        private readonly CollectorRegistry registry = Metrics.NewCustomRegistry();
        private readonly DocumentStore published;
        private readonly DocumentEndpoint edge;
        private readonly AccessLog accessLog;

        public Run(StandInCluster cluster, string caFile, string tokenFile, string? state, JumpingTime? upstreamTime)
        {
            // Two seconds of real time for what never responds; everything else ends long before.
            FetchLimits limits = new() { Connect = TimeSpan.FromSeconds(20), Attempt = TimeSpan.FromSeconds(2), ProbeInterval = null };
            UpstreamTime = upstreamTime;
            sources = new DocumentSources(limits, (TimeProvider?)upstreamTime ?? TimeProvider.System, NullLoggerFactory.Instance);
            UpstreamSettings upstream = new ExplicitUpstream
            {
                Servers = [.. cluster.Servers.Select(server => server.Url)],
                TrustFile = caFile,
                TokenFile = tokenFile,
                ClientCertificateFiles = null,
                ServerName = null,
            };
            Issuer issuer = Build.Issuer();
            MetricFactory metrics = Metrics.WithCustomRegistry(registry);
            published = new DocumentStore(Time);
            Publisher = new Publisher(issuer, sources.Create(upstream, issuer.Identifier.Value, issuer.Identifier.KeySetUri), published,
                new StateStores(state), secrets: null, canary: null, PublisherFixture.Settings, new PublishingMetrics(metrics), Time, Log.For<Publisher>());
            Refresh = new RefreshService([Publisher], PublisherFixture.Settings, Time, NullLogger<RefreshService>.Instance);
            accessLog = new AccessLog(EdgeSettings.Read(new SettingsReader(new ConfigurationBuilder().Build())), metrics, NullLogger<AccessLog>.Instance);
            edge = new DocumentEndpoint(new DocumentRoutes([issuer]), published, new EdgeMetrics(metrics), accessLog, new DrainState());
        }

        public JumpingTime Time { get; } = new();

        public JumpingTime? UpstreamTime { get; }

        public Publisher Publisher { get; }

        public RefreshService Refresh { get; }

        public CapturedLog Log { get; } = new();

        public (int Status, bool HasBody) Query(string target)
        {
            RepeatedExchange exchange = new("GET", "issuer.example.test", target);
            Assert.True(edge.RespondAsync(exchange.Features).IsCompletedSuccessfully);
            return (exchange.Status, exchange.Written > 0);
        }

        public string? ETags() => published.Find(Publisher.Issuer.Identifier) is { } issuer
            ? $"{issuer[0, DocumentKind.Discovery].ETag} {issuer[0, DocumentKind.KeySet].ETag}"
            : null;

        public string? Body() => published.Find(Publisher.Issuer.Identifier) is { } issuer ? Encoding.UTF8.GetString(issuer[0, DocumentKind.KeySet].Body.Span) : null;

        public async Task<(int Status, string Says)> ReadyAsync()
        {
            HealthCheckResult result = await new PublishingHealthCheck(Refresh, [Publisher], published).CheckHealthAsync(new HealthCheckContext());
            return (result.Status == HealthStatus.Unhealthy ? 503 : 200, result.Description!);
        }

        public async Task<string> MetricsAsync()
        {
            using MemoryStream stream = new();
            await registry.CollectAndExportAsTextAsync(stream);
            return Encoding.UTF8.GetString(stream.ToArray());
        }

        public async ValueTask DisposeAsync()
        {
            await Publisher.Source.DisposeAsync();
            await sources.DisposeAsync();
            accessLog.Dispose();
            Refresh.Dispose();
            published.Dispose();
        }
    }
}
