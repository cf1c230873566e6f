using BenchmarkDotNet.Attributes;
using IssuerGateway.Edge;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using Microsoft.Extensions.Primitives;

namespace IssuerGateway.Microbenchmarks;

/// <summary>The steps of a request, one by one.</summary>
[MemoryDiagnoser]
public class LookupBenchmarks
{
    private const string KeySet = "/openid/v1/jwks";

    private IssuerDocumentSamples issuers = null!;
    private DocumentRoutes routes = null!;
    private string etag = null!;
    private StringValues equal;
    private StringValues list;

    [Params(1, 100, 1000)]
    public int Issuers { get; set; }

    [GlobalSetup]
    public void Publish()
    {
        issuers = new IssuerDocumentSamples(Issuers);
        routes = new DocumentRoutes(issuers.All);
        etag = issuers.Published[0, DocumentKind.KeySet].ETag!;
        equal = etag;
        list = $"\"other\", W/\"another\", W/{etag}";
    }

    [GlobalCleanup]
    public void Dispose() => issuers.Dispose();

    [Benchmark]
    public object? FindRoute() => routes.Find(issuers.Host, KeySet);

    [Benchmark]
    public object? FindRouteOfUnknownHost() => routes.Find("elsewhere.example", KeySet);

    [Benchmark]
    public object? FindPublished() => issuers.Documents.Find(issuers.All[0].Identifier);

    [Benchmark]
    public bool MatchEqualValidator() => IfNoneMatch.Matches(equal, etag);

    [Benchmark]
    public bool MatchListOfValidators() => IfNoneMatch.Matches(list, etag);
}
