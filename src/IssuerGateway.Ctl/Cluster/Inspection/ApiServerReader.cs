using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>One API server over HTTPS with the trust and the credentials of an access; each request is bounded in time and size.</summary>
internal sealed class ApiServerReader : IApiReader, IDisposable
{
    private const int MaxBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan connectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient withCredentials;
    private readonly HttpClient anonymous;
    private readonly string? serverName;
    private string? certificate;
    private bool hasResponded;
    private ApiResponse? silence;

    public ApiServerReader(ApiServerAccess access, Uri server, string? serverName)
    {
        Server = ServerAddress.Show(server);
        this.serverName = serverName;
        withCredentials = ClientOf(access, server, isAnonymous: false);
        anonymous = ClientOf(new ApiServerAccess { Servers = access.Servers, Trust = access.Trust, ServerName = serverName, Proxy = access.Proxy }, server, isAnonymous: true);
    }

    public string Server { get; }

    public Task<ApiResponse> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(withCredentials, HttpMethod.Get, path, null, null, cancellationToken);

    public Task<ApiResponse> GetAnonymouslyAsync(string path, CancellationToken cancellationToken) => SendAsync(anonymous, HttpMethod.Get, path, null, null, cancellationToken);

    public Task<ApiResponse> GetWithTokenAsync(string path, string bearer, CancellationToken cancellationToken) => SendAsync(anonymous, HttpMethod.Get, path, null, bearer, cancellationToken);

    public Task<ApiResponse> PostAsync(string path, string body, CancellationToken cancellationToken) => SendAsync(withCredentials, HttpMethod.Post, path, body, null, cancellationToken);

    public void Dispose()
    {
        withCredentials.Dispose();
        anonymous.Dispose();
    }

    private HttpClient ClientOf(ApiServerAccess access, Uri server, bool isAnonymous)
    {
        SocketsHttpHandler handler = new();
        StrictTrust.Apply(handler, access, connectTimeout);
        RemoteCertificateValidationCallback? validate = handler.SslOptions.RemoteCertificateValidationCallback;
        handler.SslOptions.RemoteCertificateValidationCallback = (sender, presented, chain, errors) =>
        {
            certificate = presented is X509Certificate2 known ? Convert.ToHexStringLower(SHA256.HashData(known.RawDataMemory.Span)) : null;
            return validate?.Invoke(sender, presented, chain, errors) ?? errors == SslPolicyErrors.None;
        };
        return new HttpClient(isAnonymous ? handler : StrictTrust.WithCredentials(handler, access)) { BaseAddress = server, MaxResponseContentBufferSize = MaxBytes, Timeout = timeout };
    }

    private async Task<ApiResponse> SendAsync(HttpClient client, HttpMethod method, string path, string? body, string? bearer, CancellationToken cancellationToken)
    {
        // A server that takes connections and never responds would cost a timeout for each of a dozen requests.
        if (silence is not null)
        {
            return silence;
        }

        try
        {
            using HttpRequestMessage request = new(method, path) { Headers = { Host = serverName } };
            if (path != DocumentReader.KeySet)
            {
                // The JWK Set is 406 for application/json.
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(path == ObjectFetcher.Flagz ? "text/plain" : "application/json"));
            }

            if (bearer is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
            }

            if (body is not null)
            {
                request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
            }

            using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);
            hasResponded = true;
            return new ApiResponse((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken)) { Certificate = certificate };
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && FaultOf(exception) is { } fault)
        {
            ApiResponse failed = new(0, [], fault);
            silence = exception is OperationCanceledException && !hasResponded ? failed : null;
            return failed;
        }
    }

    private static string? FaultOf(Exception exception) => exception switch
    {
        TokenUnavailableException missing => missing.Fault.Message,
        OperationCanceledException => $"no response within {timeout.TotalSeconds:0} s",
        HttpRequestException { InnerException: AuthenticationException identity } => PrintableText.Of(identity.InnerException?.Message ?? identity.Message),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "the name could not be resolved",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "the connection failed",
        HttpRequestException or IOException => PrintableText.Of(exception.Message),
        _ => null,
    };
}
