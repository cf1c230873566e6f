using IssuerGateway.Publishing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace IssuerGateway.Edge;

/// <summary>
/// The whole public surface: GET and HEAD of two documents an issuer, everything else denied with an empty body. It
/// reads what has been published and nothing else; no request gets further than this.
/// </summary>
internal sealed class DocumentEndpoint(DocumentRoutes routes, PublishedDocuments published, EdgeMetrics metrics, AccessLog accessLog, DrainState drain)
{
    /// <summary>RFC 6797: one year; the hosts are issuers, so plain HTTP is never right for them.</summary>
    private static readonly StringValues transportSecurity = "max-age=31536000";
    private static readonly StringValues noSniff = "nosniff";
    private static readonly StringValues noStore = "no-store";
    private static readonly StringValues allowed = "GET, HEAD";

    /// <summary>One refresh interval from now there may be documents.</summary>
    private static readonly StringValues retryAfter = "30";

    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;

        // The raw target: Path has dots resolved and escapes decoded, which would make other targets equal to ours.
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        DocumentRoute? route = routes.Find(request.Host.Value, target);
        drain.CloseIfDraining(context);
        if (route is null)
        {
            return DenyAsync(context, null, StatusCodes.Status404NotFound);
        }

        // Methods are case-sensitive (RFC 9110 §9.1), which HttpMethods.IsGet is not.
        bool isGet = request.Method == HttpMethods.Get;
        if (!isGet && request.Method != HttpMethods.Head)
        {
            context.Response.Headers.Allow = allowed;
            return DenyAsync(context, route, StatusCodes.Status405MethodNotAllowed);
        }

        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            return DenyAsync(context, route, StatusCodes.Status413PayloadTooLarge);
        }

        if (published.Find(route.Issuer) is not { } issuer)
        {
            context.Response.Headers.RetryAfter = retryAfter;
            return DenyAsync(context, route, StatusCodes.Status503ServiceUnavailable);
        }

        return AnswerAsync(context, route, issuer[route.Identifier, route.Kind], isGet);
    }

    private Task AnswerAsync(HttpContext context, DocumentRoute route, PublishedDocument document, bool isGet)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ETag = document.ETag;
        headers.CacheControl = document.CacheControl;
        headers.StrictTransportSecurity = transportSecurity;
        headers.XContentTypeOptions = noSniff;
        if (IfNoneMatch.Matches(context.Request.Headers.IfNoneMatch, document.ETag!))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            Note(context, route, StatusCodes.Status304NotModified);
            return Task.CompletedTask;
        }

        headers.ContentType = document.ContentType;
        headers.ContentLength = document.Length;
        Note(context, route, StatusCodes.Status200OK);
        return isGet ? WriteAsync(context, document) : Task.CompletedTask;
    }

    private static Task WriteAsync(HttpContext context, PublishedDocument document)
    {
        ValueTask<System.IO.Pipelines.FlushResult> write = context.Response.BodyWriter.WriteAsync(document.Body, context.RequestAborted);
        return write.IsCompletedSuccessfully ? Task.CompletedTask : write.AsTask();
    }

    private Task DenyAsync(HttpContext context, DocumentRoute? route, int status)
    {
        context.Response.StatusCode = status;
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = noStore;
        headers.StrictTransportSecurity = transportSecurity;
        headers.XContentTypeOptions = noSniff;
        headers.ContentLength = 0;
        Note(context, route, status);
        return Task.CompletedTask;
    }

    private void Note(HttpContext context, DocumentRoute? route, int status)
    {
        metrics.Answered(route?.Kind, status);
        accessLog.Note(context, status);
    }
}
