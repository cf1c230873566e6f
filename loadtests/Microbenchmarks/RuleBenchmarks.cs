using BenchmarkDotNet.Attributes;
using IssuerGateway.Issuers;

namespace IssuerGateway.Microbenchmarks;

/// <summary>What one refresh costs: parsing strictly and validating. Off the hot path, once a server and interval.</summary>
[MemoryDiagnoser]
public class RuleBenchmarks
{
    private readonly Issuer issuer = IssuerDocumentSamples.IssuerOf("cluster-0.issuer.example.test");
    private byte[] discovery = null!;
    private byte[] keys = null!;
    private DiscoveryDocument parsedDiscovery = null!;
    private KeySet parsedKeys = null!;

    [Params(1, 100)]
    public int Keys { get; set; }

    [GlobalSetup]
    public void Parse()
    {
        discovery = IssuerDocumentSamples.DiscoveryBytes(issuer);
        keys = IssuerDocumentSamples.KeySetBytes(Keys);
        parsedDiscovery = DiscoveryDocument.Parse(discovery, out _)!;
        parsedKeys = KeySet.Parse(keys, out _)!;
    }

    [Benchmark]
    public object? ParseDiscovery() => DiscoveryDocument.Parse(discovery, out _);

    [Benchmark]
    public object? ParseKeySet() => KeySet.Parse(keys, out _);

    [Benchmark]
    public int JudgeDiscovery() => FidelityRules.Validate(issuer, parsedDiscovery).Count;

    [Benchmark]
    public int JudgeKeySet() => FidelityRules.Validate(parsedKeys).Count;
}
