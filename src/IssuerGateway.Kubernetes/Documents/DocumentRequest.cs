using System.Net;
using System.Net.Http.Headers;

namespace IssuerGateway.Kubernetes.Documents;

/// <summary>One of the two fixed requests; an advertised URL is never requested.</summary>
public sealed record DocumentRequest(string Path, string Accept)
{
    public static DocumentRequest Discovery { get; } = new("/.well-known/openid-configuration", "application/json");

    /// <summary>The API server responds with 406 to <c>Accept: application/json</c> here.</summary>
    public static DocumentRequest KeySet { get; } = new("/openid/v1/jwks", "application/jwk-set+json");

    public HttpRequestMessage To(Uri server, string? serverName) => new(HttpMethod.Get, new Uri(server, Path))
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,

        // SocketsHttpHandler takes the name for SNI and for the certificate from here.
        Headers = { Accept = { new MediaTypeWithQualityHeaderValue(Accept) }, Host = serverName, UserAgent = { new ProductInfoHeaderValue("issuer-gateway", null) } },
    };

    /// <summary>application/json, or any type with the structured suffix +json (RFC 6839 §3.1).</summary>
    public static bool IsJson(string? mediaType) =>
        mediaType is not null
        && (mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
}
