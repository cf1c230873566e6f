using System.IO.Pipelines;
using IssuerGateway.Http;
using IssuerGateway.Publishing;
using IssuerGateway.Transport;
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
    private static readonly StringValues allowed = "GET, HEAD";

    /// <summary>A cache that forgets the host must not give one issuer's documents to another's relying parties.</summary>
    private static readonly StringValues host = "Host";

    /// <summary>Most of a document that waits for a client to take it; a block of Kestrel's memory pool.</summary>
    private const int Part = 4 * 1024;

    public Task RespondAsync(IFeatureCollection features)
    {
        IHttpRequestFeature request = Request(features);

        // The raw target: Path has dots resolved and escapes decoded, which would make other targets equal to ours.
        DocumentRoute? route = routes.Find(request.Headers.Host.ToString(), request.RawTarget);
        SocketConnection? connection = features[typeof(SocketConnection)] as SocketConnection;
        if (connection is { IsBrief: true })
        {
            features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }

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
            return DenyAsync(features, connection, null, StatusCodes.Status404NotFound);
        }

        if (!routes.IsOnItsConnection(route, features, connection))
        {
            return DenyAsync(features, connection, route, StatusCodes.Status421MisdirectedRequest);
        }

        if (!isRead)
        {
            Response(features).Headers.Allow = allowed;
            return DenyAsync(features, connection, route, StatusCodes.Status405MethodNotAllowed);
        }

        if (features[typeof(IHttpRequestBodyDetectionFeature)] is IHttpRequestBodyDetectionFeature { CanHaveBody: true })
        {
            return DenyAsync(features, connection, route, StatusCodes.Status413PayloadTooLarge);
        }

        if (published.Find(route.Issuer) is not { } issuer)
        {
            Response(features).Headers.RetryAfter = published.SecondsUntilRefresh(route.Issuer);
            return DenyAsync(features, connection, route, StatusCodes.Status503ServiceUnavailable);
        }

        return RespondAsync(features, request, connection, route, issuer[route.Identifier, route.Kind], isGet);
    }

    // By type, not Get<T>(): that is a generic virtual method, which native code looks up at each call.
    private static IHttpRequestFeature Request(IFeatureCollection features) => (IHttpRequestFeature)features[typeof(IHttpRequestFeature)]!;

    private static IHttpResponseFeature Response(IFeatureCollection features) => (IHttpResponseFeature)features[typeof(IHttpResponseFeature)]!;

    private Task RespondAsync(
        IFeatureCollection features, IHttpRequestFeature request, SocketConnection? connection, DocumentRoute route, PublishedDocument document, bool isGet)
    {
        IHttpResponseFeature response = Response(features);
        IHeaderDictionary headers = response.Headers;
        headers.ETag = document.ETag;
        headers.CacheControl = document.CacheControl;
        headers.Vary = host;
        SecurityHeaders.Set(headers, request);
        if (IfNoneMatch.Matches(request.Headers.IfNoneMatch, document.ETag!))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            Note(features, route, StatusCodes.Status304NotModified);
            connection?.Served();
            return Task.CompletedTask;
        }

        headers.ContentType = document.ContentType;
        headers.ContentLength = document.Length;
        Note(features, route, StatusCodes.Status200OK);
        if (isGet)
        {
            return WriteAsync(features, connection, document);
        }

        connection?.Served();
        return Task.CompletedTask;
    }

    private static Task WriteAsync(IFeatureCollection features, SocketConnection? connection, PublishedDocument document)
    {
        // Without RequestAborted, which takes a lock and a registration: a connection that breaks ends the write anyway.
        PipeWriter body = ((IHttpResponseBodyFeature)features[typeof(IHttpResponseBodyFeature)]!).Writer;
        if (document.Body.Length > Part)
        {
            return WriteInPartsAsync(body, connection, document.Body);
        }

        ValueTask<FlushResult> write = body.WriteAsync(document.Body);
        if (!write.IsCompletedSuccessfully)
        {
            return WaitAsync(write, connection);
        }

        connection?.Served();
        return Task.CompletedTask;
    }

    // Served is what was taken: a client whose window is closed was not.
    private static async Task WaitAsync(ValueTask<FlushResult> write, SocketConnection? connection)
    {
        await write;
        connection?.Served();
    }

    // Kestrel copies whatever it is given in one piece, also for a client that takes nothing.
    private static async Task WriteInPartsAsync(PipeWriter body, SocketConnection? connection, ReadOnlyMemory<byte> document)
    {
        for (int i = 0; i < document.Length; i += Part)
        {
            FlushResult flushed = await body.WriteAsync(document.Slice(i, Math.Min(Part, document.Length - i)));
            if (flushed.IsCompleted)
            {
                return;
            }
        }

        connection?.Served();
    }

    private Task DenyAsync(IFeatureCollection features, SocketConnection? connection, DocumentRoute? route, int status)
    {
        IHttpResponseFeature response = Response(features);
        response.StatusCode = status;
        response.Headers.ContentLength = 0;
        SecurityHeaders.SetForNoDocument(response.Headers, Request(features));
        if (connection is not { IsOwn: true })
        {
            Note(features, route, status);
        }

        return Task.CompletedTask;
    }

    private void Note(IFeatureCollection features, DocumentRoute? route, int status)
    {
        metrics.Responded(route?.Kind, status);
        accessLog.Note(features, status);
    }
}
