using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Tests;

namespace IssuerGateway.Microbenchmarks;

/// <summary>Issuers with the recorded documents published, for one gateway.</summary>
internal sealed class IssuerDocumentSamples : IDisposable
{
    public IssuerDocumentSamples(int count)
    {
        Host = HostOf(count / 2);
        All = [.. Enumerable.Range(0, count).Select(i => IssuerOf(HostOf(i)))];
        foreach (Issuer issuer in All)
        {
            Documents.Publish(issuer.Identifier, IssuerDocuments.Create(issuer, DiscoveryOf(issuer), Keys(), "public, max-age=300"), TimeSpan.FromDays(7));
        }
    }

    public IReadOnlyList<Issuer> All { get; }

    public DocumentStore Documents { get; } = new(TimeProvider.System);

    /// <summary>A host out of the middle.</summary>
    public string Host { get; }

    public IssuerDocuments Published => Documents.Find(All[All.Count / 2].Identifier)!;

    public static Issuer IssuerOf(string host)
    {
        _ = IssuerIdentifier.TryParse($"https://{host}", out IssuerIdentifier identifier, out _);
        return new Issuer { Identifier = identifier };
    }

    public static DiscoveryDocument DiscoveryOf(Issuer issuer) => DiscoveryDocument.Parse(DiscoveryBytes(issuer), out _)!;

    public static byte[] DiscoveryBytes(Issuer issuer) => Encoding.UTF8.GetBytes(
        Encoding.UTF8.GetString(Recorded.Body("discovery-default-jwks-uri")).Replace("https://issuer.example.test", issuer.Identifier.Value, StringComparison.Ordinal));

    public static KeySet Keys() => KeySet.Parse(Recorded.Body("jwks-one-rsa"), out _)!;

    /// <summary>A set of well-formed keys that differ.</summary>
    public static byte[] KeySetBytes(int count) => Encoding.UTF8.GetBytes($"{{\"keys\":[{string.Join(",", Enumerable.Range(0, count).Select(Key))}]}}");

    public void Dispose() => Documents.Dispose();

    private static string HostOf(int i) => $"cluster-{i}.issuer.example.test";

    private static string Key(int i)
    {
        byte[] modulus = new byte[256];
        modulus[0] = 0x80;
        BitConverter.TryWriteBytes(modulus.AsSpan(1), i);
        return $$"""{"use":"sig","kty":"RSA","kid":"key-{{i}}","alg":"RS256","n":"{{System.Buffers.Text.Base64Url.EncodeToString(modulus)}}","e":"AQAB"}""";
    }
}
