using IssuerGateway.Edge;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Tests.Publishing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;
using Prometheus;

namespace IssuerGateway.Tests.Edge;

/// <summary>A public request costs no garbage of ours, whatever it requests; what Kestrel allocates for it is Kestrel's.</summary>
public sealed class HotPathAllocationTests : IDisposable
{
    private const string Host = "issuer.example.test";
    private const string Discovery = "/.well-known/openid-configuration";
    private const string KeySet = "/openid/v1/jwks";
    private const int Repetitions = 1000;

    private readonly Issuer issuer = Build.Issuer();
    private readonly DocumentStore published = new(TimeProvider.System);
    private readonly DocumentRoutes routes;
    private readonly DocumentEndpoint endpoint;
    private readonly AccessLog accessLog;

    public HotPathAllocationTests()
    {
        routes = new DocumentRoutes([issuer]);
        MetricFactory metrics = Metrics.WithCustomRegistry(Metrics.NewCustomRegistry());
        accessLog = new AccessLog(EdgeBuild.Settings(), metrics, NullLogger<AccessLog>.Instance);
        endpoint = new DocumentEndpoint(routes, published, new EdgeMetrics(metrics), accessLog, new DrainState());
        published.Publish(
            issuer.Identifier,
            IssuerDocuments.Create(issuer, DiscoveryDocument.Parse(PublisherFixture.RecordedPair().Discovery, out _)!, IssuerGateway.Issuers.KeySet.Parse(Recorded.Body("jwks-one-rsa"), out _)!, "public, max-age=300"),
            TimeSpan.FromDays(1));
    }

    private string ETag => published.Find(issuer.Identifier)![0, DocumentKind.KeySet].ETag!;

    public void Dispose()
    {
        accessLog.Dispose();
        published.Dispose();
    }

    [Theory]
    [InlineData("GET", Host, Discovery, 200)]
    [InlineData("GET", Host, KeySet, 200)]
    [InlineData("HEAD", Host, KeySet, 200)]
    [InlineData("GET", "ISSUER.EXAMPLE.TEST:443", KeySet + "?cache=no", 200)]
    [InlineData("GET", "elsewhere.example", KeySet, 404)]
    [InlineData("GET", Host, "/api/v1/secrets", 404)]
    [InlineData("POST", Host, KeySet, 405)]
    public void Responds_without_allocating(string method, string host, string target, int status)
    {
        RepeatedExchange exchange = new(method, host, target);

        Assert.Equal(0, AllocatedBy(() => Response(exchange)));
        Assert.Equal(status, exchange.Status);
    }

    [Fact]
    public void Answers_304_without_allocating()
    {
        RepeatedExchange exchange = new("GET", Host, KeySet, $"\"x\", W/{ETag}");

        Assert.Equal(0, AllocatedBy(() => Response(exchange)));
        Assert.Equal(StatusCodes.Status304NotModified, exchange.Status);
    }

    [Fact]
    public void Answers_503_without_allocating()
    {
        published.Withdraw(issuer.Identifier);
        RepeatedExchange exchange = new("GET", Host, KeySet);

        Assert.Equal(0, AllocatedBy(() => Response(exchange)));
        Assert.Equal(StatusCodes.Status503ServiceUnavailable, exchange.Status);
    }

    [Fact]
    public void Finds_route_and_document_and_compares_validators_without_allocating()
    {
        StringValues header = $"\"x\", {ETag}";
        bool isMatch = false;

        long allocated = AllocatedBy(() =>
        {
            DocumentRoute route = routes.Find(Host, KeySet)!;
            PublishedDocument document = published.Find(route.Issuer)![route.Identifier, route.Kind];
            isMatch = IfNoneMatch.Matches(header, document.ETag!);
        });

        Assert.Equal(0, allocated);
        Assert.True(isMatch);
    }

    [Fact]
    public void Is_able_to_fail() => Assert.InRange(AllocatedBy(() => GC.KeepAlive(new object())), 1, long.MaxValue);

    private void Response(RepeatedExchange exchange)
    {
        exchange.Reset();
        Task responded = endpoint.RespondAsync(exchange.Features);
        Assert.True(responded.IsCompletedSuccessfully);
    }

    // Bytes of one thread, so that other tests do not count. The first calls fill caches and compile; the runtime compiles
    // again when it likes, on this thread too, so what counts is the least of a few rounds: garbage of ours is in each.
    private static long AllocatedBy(Action action)
    {
        action();
        action();
        return Enumerable.Range(0, 5).Min(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Repetitions; i++)
            {
                action();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }
}
