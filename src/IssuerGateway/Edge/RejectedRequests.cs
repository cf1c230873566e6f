using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Edge;

/// <summary>
/// Gives Kestrel's own responses, to requests that never reach the application (400, 408, 414, 431, 505), the headers of
/// the others. Kestrel reports each by this event before it sends the response, and has no other place for it.
/// </summary>
internal sealed class RejectedRequests : IObserver<KeyValuePair<string, object?>>
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    /// <summary>The source that Kestrel is to report to.</summary>
    public static DiagnosticListener Listen()
    {
        DiagnosticListener source = new("Microsoft.AspNetCore");
        source.Subscribe(new RejectedRequests(), name => name == BadRequest);
        return source;
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key == BadRequest && value.Value is IFeatureCollection features
            && features.Get<IHttpResponseFeature>() is { HasStarted: false } response && features.Get<IHttpRequestFeature>() is { } request)
        {
            SecurityHeaders.SetForNoDocument(response.Headers, request);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
