using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Kubernetes;

/// <summary>
/// Gets, creates and replaces objects of one API server, with our trust and our token. The client of KubernetesClient is
/// not used: it parses bodies with reads that block, which would stop every connection of the thread that waits for the
/// sockets (Edge/EdgeListeners), and it drags every kind of Kubernetes into the binary (loadtests/RESULTS.md).
/// </summary>
public sealed class ApiServerClient : IDisposable
{
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>A Secret holds at most 1 MiB before base64.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly HttpClient http;
    private readonly string? serverName;

    public ApiServerClient(ApiServerAccess access, Uri server)
    {
        serverName = access.ServerName;
        http = new HttpClient(StrictTrust.CreateHandler(access, ConnectTimeout))
        {
            BaseAddress = server,
            MaxResponseContentBufferSize = MaxBytes,
            // Each caller has a limit of its own.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    internal ApiServerClient(HttpMessageHandler transport, Uri server) => http = new HttpClient(transport) { BaseAddress = server };

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> kind, CancellationToken cancellationToken) where T : class =>
        SendAsync(HttpMethod.Get, path, body: null, kind, cancellationToken);

    public Task<T> ReplaceAsync<T>(string path, T body, JsonTypeInfo<T> kind, CancellationToken cancellationToken) where T : class =>
        SendAsync(HttpMethod.Put, path, body, kind, cancellationToken);

    public void Dispose() => http.Dispose();

    /// <exception cref="ApiStatusException">The server responded, but not with success.</exception>
    /// <exception cref="JsonException">The server responded with something else than was requested.</exception>
    private async Task<T> SendAsync<T>(HttpMethod method, string path, T? body, JsonTypeInfo<T> kind, CancellationToken cancellationToken) where T : class
    {
        using HttpRequestMessage request = new(method, path)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,

            // SocketsHttpHandler takes the name for SNI and for the certificate from here.
            Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/json") }, Host = serverName, UserAgent = { new ProductInfoHeaderValue("issuer-gateway", null) } },
        };
        if (body is not null)
        {
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, kind)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        // Returns when all of the body is there.
        using HttpResponseMessage response = await http.SendAsync(request, cancellationToken);
        byte[] content = await response.Content.ReadAsByteArrayAsync(cancellationToken);

        // What follows writes files: not on the thread that waits for the sockets.
        await Task.Yield();
        return response.IsSuccessStatusCode
            ? ApiObjectText.Read(content, kind)
            : throw new ApiStatusException(response.StatusCode, ApiStatusText.Of(response.StatusCode, content));
    }
}

/// <summary>A response that is no success, with what its Status says (<see cref="ApiStatusText"/>).</summary>
internal sealed class ApiStatusException(HttpStatusCode status, string? reason) : Exception(reason is null ? $"responded with {(int)status}" : $"responded with {(int)status}: {reason}")
{
    public HttpStatusCode Status => status;
}
