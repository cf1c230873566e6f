using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Tests.Kubernetes;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Upstream;

/// <summary>A cluster's CA, a token file and the real sources over them, on a clock that a test moves.</summary>
internal sealed class SourceFixture : IAsyncDisposable
{
    public const string Issuer = "https://issuer.example.test";

    public static readonly byte[] Discovery = Recorded.Raw("discovery-default-jwks-uri");
    public static readonly byte[] KeySet = Recorded.Raw("jwks-two-rsa-one-ec");

    public static readonly FetchLimits WithoutProbes = new() { ProbeInterval = null };

    private readonly TemporaryDirectory directory = new();

    public SourceFixture(FetchLimits? limits = null)
    {
        File.WriteAllText(directory.File("ca.crt"), Ca.Pem);
        File.WriteAllText(TokenFile, "the-token");
        Sources = new DocumentSources(limits ?? WithoutProbes, Time, NullLoggerFactory.Instance);
    }

    public FakeTimeProvider Time { get; } = new();

    public ClusterCa Ca { get; } = new();

    public string TokenFile => directory.File("token");

    public string TrustFile => directory.File("ca.crt");

    public DocumentSources Sources { get; }

    /// <summary>A server of this cluster that replays the two recorded responses unless others are given.</summary>
    public RawTlsServer Server(byte[]? discovery = null, byte[]? keySet = null) =>
        new(Ca.Server("127.0.0.1", "kubernetes"), RawTlsServer.Replay(Responses(discovery, keySet)));

    public RawTlsServer Server(RawResponse response) => new(Ca.Server("127.0.0.1", "kubernetes"), response);

    public static Dictionary<string, byte[]> Responses(byte[]? discovery = null, byte[]? keySet = null) => new()
    {
        ["/.well-known/openid-configuration"] = discovery ?? Discovery,
        ["/openid/v1/jwks"] = keySet ?? KeySet,
        ["/readyz"] = Recorded.Raw("readyz"),
    };

    public IDocumentSource Source(params Uri[] servers) => Source(null, servers);

    public IDocumentSource Source(string? serverName, params Uri[] servers) => Sources.Create(
        new ExplicitUpstream { Servers = servers, TrustFile = TrustFile, TokenFile = TokenFile, ClientCertificateFiles = null, ServerName = serverName },
        Issuer,
        $"{Issuer}/openid/v1/jwks");

    public static byte[] Response(string head, string body = "") =>
        Encoding.Latin1.GetBytes($"HTTP/1.1 {head.ReplaceLineEndings("\r\n")}\r\n\r\n{body}");

    public async ValueTask DisposeAsync()
    {
        await Sources.DisposeAsync();
        Ca.Dispose();
        directory.Dispose();
    }
}
