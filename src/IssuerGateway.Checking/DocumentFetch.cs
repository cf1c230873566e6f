using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>A document as a server answered it: status, the headers that rules look at, and at most 256 KiB of body.</summary>
public sealed record FetchedDocument
{
    public required HttpStatusCode Status { get; init; }

    public required string? ContentType { get; init; }

    public required bool HasContentLength { get; init; }

    public required TimeSpan? MaxAge { get; init; }

    public required DateTimeOffset? Date { get; init; }

    /// <summary>Absent when it was larger than allowed.</summary>
    public required byte[]? Body { get; init; }

    public required TimeSpan Elapsed { get; init; }
}

/// <summary>GET as a careful relying party does it: no redirects followed, no cookies, bounded in bytes and time.</summary>
public sealed class DocumentFetch : IDisposable
{
    private readonly HttpMessageInvoker http;
    private readonly TimeProvider time;

    public DocumentFetch(CheckRequest request, TimeProvider time)
    {
        this.time = time;
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = request.Proxy is not null,
            Proxy = request.Proxy is { } proxy ? new WebProxy(proxy) : null,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
        };

#pragma warning disable CA5359 // Certificates have a step of their own; a fault there must not hide what the documents say.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
#pragma warning restore CA5359
        if (request.Proxy is null && request.Resolve.Count > 0)
        {
            handler.ConnectCallback = (context, cancellationToken) => ConnectAsync(request, context.DnsEndPoint, cancellationToken);
        }

        http = new HttpMessageInvoker(handler);
    }

    /// <summary>The answer, or null with the fault reported to the step.</summary>
    public async Task<FetchedDocument?> GetAsync(StepBuilder step, string url, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, new Uri(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            using HttpResponseMessage answer = await http.SendAsync(request, cancellationToken);
            byte[]? body = await ReadBoundedAsync(answer.Content, cancellationToken);
            return new FetchedDocument
            {
                Status = answer.StatusCode,
                ContentType = answer.Content.Headers.ContentType?.MediaType,
                HasContentLength = answer.Content.Headers.NonValidated.Contains("Content-Length"),
                MaxAge = answer.Headers.CacheControl?.MaxAge,
                Date = answer.Headers.Date,
                Body = body,
                Elapsed = time.GetElapsedTime(started),
            };
        }
        catch (OperationCanceledException)
        {
            step.Error("http-timeout", $"{PrintableText.Of(url)}: no whole answer after {time.GetElapsedTime(started).TotalSeconds:0.0} s", "find out what is slow: curl -v with the same URL");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or AuthenticationException)
        {
            step.Error("http-failed", $"{PrintableText.Of(url)}: {Reason(e)}", $"look at it: curl -v {PrintableText.Of(url)}");
        }

        return null;
    }

    public void Dispose() => http.Dispose();

    private static async ValueTask<Stream> ConnectAsync(CheckRequest request, DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            EndPoint target = request.Resolve.TryGetValue($"{endpoint.Host}:{endpoint.Port}", out IPAddress? address)
                ? new IPEndPoint(address, endpoint.Port)
                : endpoint;
            await socket.ConnectAsync(target, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<byte[]?> ReadBoundedAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using MemoryStream body = new();
        await using Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            body.Write(buffer, 0, read);
            if (body.Length > StrictJson.MaxBytes)
            {
                return null;
            }
        }

        return body.ToArray();
    }

    private static string Reason(Exception e) => e switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "the name does not resolve",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "no connection",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "no TLS",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => "the answer was cut off",
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => "not HTTP",
        _ => "the connection broke",
    };
}
