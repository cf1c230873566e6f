using System.IO.Pipelines;
using IssuerGateway.Edge.Sockets;
using IssuerGateway.Publishing;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace IssuerGateway.Edge;

/// <summary>
/// The whole public surface: GET and HEAD of two documents an issuer, everything else denied with an empty body. It
/// reads what has been published and nothing else; no request gets further than this.
/// </summary>
internal sealed class DocumentEndpoint(DocumentRoutes routes, DocumentStore published, EdgeMetrics metrics, AccessLog accessLog, DrainState drain)
{
    /// <summary>RFC 6797: one year; the hosts are issuers, so plain HTTP is never right for them.</summary>
    private static readonly StringValues transportSecurity = "max-age=31536000";
    private static readonly StringValues noSniff = "nosniff";
    private static readonly StringValues noStore = "no-store";
    private static readonly StringValues allowed = "GET, HEAD";

    /// <summary>Most of a document that waits for a client to take it; a block of Kestrel's memory pool.</summary>
    private const int Part = 4 * 1024;

    /// <summary>One refresh interval from now there may be documents.</summary>
    private static readonly StringValues retryAfter = "30";

    public Task AnswerAsync(IFeatureCollection features)
    {
        IHttpRequestFeature request = Request(features);

        // The raw target: Path has dots resolved and escapes decoded, which would make other targets equal to ours.
        DocumentRoute? route = routes.Find(request.Headers.Host.ToString(), request.RawTarget);
        drain.CloseIfDraining(features);

        // Methods are case-sensitive (RFC 9110 §9.1), which HttpMethods.IsGet is not.
        bool isGet = request.Method == HttpMethods.Get;
        bool isRead = isGet || request.Method == HttpMethods.Head;
        if (!isRead && request.Protocol != HttpProtocol.Http2)
        {
            // No relying party; and where such a request ends is what a proxy in front may see otherwise (RFC 9112 §11.2). In
            // HTTP/2 frames say it, and others may share the connection.
            features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }

        if (route is null)
        {
            return DenyAsync(features, null, StatusCodes.Status404NotFound);
        }

        if (!isRead)
        {
            Response(features).Headers.Allow = allowed;
            return DenyAsync(features, route, StatusCodes.Status405MethodNotAllowed);
        }

        if (features[typeof(IHttpRequestBodyDetectionFeature)] is IHttpRequestBodyDetectionFeature { CanHaveBody: true })
        {
            return DenyAsync(features, route, StatusCodes.Status413PayloadTooLarge);
        }

        if (published.Find(route.Issuer) is not { } issuer)
        {
            Response(features).Headers.RetryAfter = retryAfter;
            return DenyAsync(features, route, StatusCodes.Status503ServiceUnavailable);
        }

        return AnswerAsync(features, request, route, issuer[route.Identifier, route.Kind], isGet);
    }

    // By type, not Get<T>(): that is a generic virtual method, which native code looks up at each call.
    private static IHttpRequestFeature Request(IFeatureCollection features) => (IHttpRequestFeature)features[typeof(IHttpRequestFeature)]!;

    private static IHttpResponseFeature Response(IFeatureCollection features) => (IHttpResponseFeature)features[typeof(IHttpResponseFeature)]!;

    private Task AnswerAsync(IFeatureCollection features, IHttpRequestFeature request, DocumentRoute route, PublishedDocument document, bool isGet)
    {
        IHttpResponseFeature response = Response(features);
        IHeaderDictionary headers = response.Headers;
        headers.ETag = document.ETag;
        headers.CacheControl = document.CacheControl;
        headers.StrictTransportSecurity = transportSecurity;
        headers.XContentTypeOptions = noSniff;
        if (IfNoneMatch.Matches(request.Headers.IfNoneMatch, document.ETag!))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            Note(features, route, StatusCodes.Status304NotModified);
            return Task.CompletedTask;
        }

        headers.ContentType = document.ContentType;
        headers.ContentLength = document.Length;
        Note(features, route, StatusCodes.Status200OK);
        return isGet ? WriteAsync(features, document) : Task.CompletedTask;
    }

    private static Task WriteAsync(IFeatureCollection features, PublishedDocument document)
    {
        // Without RequestAborted, which takes a lock and a registration: a connection that breaks ends the write anyway.
        PipeWriter body = ((IHttpResponseBodyFeature)features[typeof(IHttpResponseBodyFeature)]!).Writer;
        if (document.Body.Length > Part)
        {
            return WriteInPartsAsync(body, document.Body);
        }

        ValueTask<FlushResult> write = body.WriteAsync(document.Body);
        return write.IsCompletedSuccessfully ? Task.CompletedTask : write.AsTask();
    }

    // Kestrel copies whatever it is given in one piece, also for a client that takes nothing.
    private static async Task WriteInPartsAsync(PipeWriter body, ReadOnlyMemory<byte> document)
    {
        bool isTaken = true;
        for (int i = 0; isTaken && i < document.Length; i += Part)
        {
            FlushResult flushed = await body.WriteAsync(document.Slice(i, Math.Min(Part, document.Length - i)));
            isTaken = !flushed.IsCompleted;
        }
    }

    private Task DenyAsync(IFeatureCollection features, DocumentRoute? route, int status)
    {
        IHttpResponseFeature response = Response(features);
        response.StatusCode = status;
        IHeaderDictionary headers = response.Headers;
        headers.CacheControl = noStore;
        headers.StrictTransportSecurity = transportSecurity;
        headers.XContentTypeOptions = noSniff;
        headers.ContentLength = 0;
        if (features[typeof(SocketConnection)] is not SocketConnection { IsOwn: true })
        {
            Note(features, route, status);
        }

        return Task.CompletedTask;
    }

    private void Note(IFeatureCollection features, DocumentRoute? route, int status)
    {
        metrics.Answered(route?.Kind, status);
        accessLog.Note(features, status);
    }
}
