using BenchmarkDotNet.Attributes;
using IssuerGateway.Configuration;
using IssuerGateway.Edge;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Edge;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace IssuerGateway.Microbenchmarks;

/// <summary>One whole public request without Kestrel, in a gateway with few and with many issuers.</summary>
[MemoryDiagnoser]
public class EndpointBenchmarks
{
    private const string KeySet = "/openid/v1/jwks";

    private IssuerDocumentSamples issuers = null!;
    private AccessLog accessLog = null!;
    private DocumentEndpoint endpoint = null!;
    private RepeatedExchange discovery = null!;
    private RepeatedExchange keySet = null!;
    private RepeatedExchange notModified = null!;
    private RepeatedExchange denied = null!;

    [Params(1, 100, 1000)]
    public int Issuers { get; set; }

    [GlobalSetup]
    public void Publish()
    {
        issuers = new IssuerDocumentSamples(Issuers);
        MetricFactory metrics = Metrics.WithCustomRegistry(Metrics.NewCustomRegistry());
        EdgeSettings settings = EdgeSettings.Read(new SettingsReader(new ConfigurationManager()));
        accessLog = new AccessLog(settings, metrics, NullLogger<AccessLog>.Instance);
        endpoint = new DocumentEndpoint(new DocumentRoutes(issuers.All), issuers.Documents, new EdgeMetrics(metrics), accessLog, new DrainState());
        discovery = new RepeatedExchange("GET", issuers.Host, "/.well-known/openid-configuration");
        keySet = new RepeatedExchange("GET", issuers.Host, KeySet);
        notModified = new RepeatedExchange("GET", issuers.Host, KeySet, issuers.Published[0, Publishing.DocumentKind.KeySet].ETag);
        denied = new RepeatedExchange("GET", issuers.Host, "/api/v1/secrets");
    }

    [GlobalCleanup]
    public void Dispose()
    {
        accessLog.Dispose();
        issuers.Dispose();
    }

    [Benchmark(Baseline = true)]
    public int KeySetResponse() => Respond(keySet);

    [Benchmark]
    public int DiscoveryResponse() => Respond(discovery);

    [Benchmark]
    public int NotModified() => Respond(notModified);

    [Benchmark]
    public int Denied() => Respond(denied);

    private int Respond(RepeatedExchange exchange)
    {
        exchange.Reset();
        _ = endpoint.RespondAsync(exchange.Features);
        return exchange.Status;
    }
}
