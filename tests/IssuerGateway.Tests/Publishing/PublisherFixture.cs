using System.Text;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Tests.Publishing;

/// <summary>A publisher with a scripted upstream, a fake clock and a captured log.</summary>
internal sealed class PublisherFixture : IDisposable
{
    public static PublishingSettings Settings { get; } = new()
    {
        RefreshInterval = TimeSpan.FromSeconds(30),
        MaxBackoff = TimeSpan.FromMinutes(5),
        MaxStale = TimeSpan.FromDays(7),
        KeyRetention = TimeSpan.FromHours(24),
        ClientMaxAge = TimeSpan.FromMinutes(5),
        StateDirectory = null,
        KeysSafeAfter = TimeSpan.FromHours(48),
    };

    private readonly PublishingSettings settings;

    public PublisherFixture(Issuer? issuer = null, string? stateDirectory = null, PublishingSettings? settings = null, JumpingTime? time = null, string? canaryFile = null, SecretStateStore? secrets = null)
    {
        Issuer = issuer ?? Build.Issuer();
        Time = time ?? new JumpingTime();
        this.settings = (settings ?? Settings) with { StateDirectory = stateDirectory };
        Published = new DocumentStore(Time);
        Publisher = new Publisher(Issuer, Source, Published, new StateStores(stateDirectory), secrets, canaryFile is null ? null : new OwnTokenCanary(canaryFile, Issuer.Identifier, Time), this.settings,
            new PublishingMetrics(Metrics.WithCustomRegistry(Registry)), Time, Log.For<Publisher>());
    }

    public Issuer Issuer { get; }

    public JumpingTime Time { get; }

    public ScriptedSource Source { get; } = new();

    public DocumentStore Published { get; }

    public Publisher Publisher { get; }

    public CapturedLog Log { get; } = new();

    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    public static DocumentPair RecordedPair(string discovery = "discovery-default-jwks-uri", string keys = "jwks-one-rsa", int? maxAge = 3600) =>
        new(Recorded.Body(discovery), Recorded.Body(keys), maxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

    public Task RefreshAsync(params UpstreamResponse[] responses)
    {
        Source.Responses = responses;
        return Publisher.RefreshAsync(CancellationToken.None);
    }

    public static UpstreamResponse Good(DocumentPair pair, string server = "https://10.0.0.1:6443") => new(server, pair, null);

    public static UpstreamResponse Bad(string code = "timeout", string server = "https://10.0.0.1:6443") =>
        new(server, null, new FetchFault(code, $"server {server}: no response within 5 s", "check the network between gateway and API server"));

    public string? Body(DocumentKind kind, int identifier = 0) =>
        Published.Find(Issuer.Identifier) is { } published ? Encoding.UTF8.GetString(published[identifier, kind].Body.Span) : null;

    public string? CacheControl() => Published.Find(Issuer.Identifier)?[0, DocumentKind.KeySet].CacheControl;

    public async Task<string> MetricsAsync()
    {
        using MemoryStream stream = new();
        await Registry.CollectAndExportAsTextAsync(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public void Dispose() => Published.Dispose();

    internal sealed class ScriptedSource : IDocumentSource
    {
        private volatile int fetches;

        public IReadOnlyList<UpstreamResponse> Responses { get; set; } = [];

        /// <summary>Thrown instead of a response, as only a bug would.</summary>
        public Exception? Fault { get; set; }

        public int Fetches => fetches;

        public string Description => "scripted";

        /// <summary>Until it ends, no fetch does.</summary>
        public Task Until { get; set; } = Task.CompletedTask;

        public async Task<IReadOnlyList<UpstreamResponse>> FetchAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref fetches);
            await Until;
            return Fault is null ? Responses : throw Fault;
        }

        public async Task WaitForAsync(int count)
        {
            using CancellationTokenSource late = new(TimeSpan.FromSeconds(20));
            while (Fetches < count)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), late.Token);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
