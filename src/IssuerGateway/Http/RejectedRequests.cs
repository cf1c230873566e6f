using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace IssuerGateway.Http;

/// <summary>
/// Gives Kestrel's own responses, to requests of HTTP/1.1 that never reach the application (400, 408, 414, 431, 505), the
/// headers of the others. Kestrel reports each by this event before it sends its response, and sends none of its own
/// once one has been started.
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
        if (value.Key != BadRequest || value.Value is not IFeatureCollection features || features.Get<IHttp2StreamIdFeature>() is not null)
        {
            return;
        }

        try
        {
            Respond(features);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The connection is gone, or a response is under way: Kestrel closes it.
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private static void Respond(IFeatureCollection features)
    {
        if (features.Get<IHttpResponseFeature>() is not { HasStarted: false } response || features.Get<IHttpRequestFeature>() is not { } request
            || features.Get<IHttpResponseBodyFeature>() is not { } body || features.Get<IConnectionTransportFeature>() is not { } connection)
        {
            return;
        }

        response.Headers.Connection = "close";
        response.Headers.ContentLength = 0;
        SecurityHeaders.SetForNoDocument(response.Headers, request);
        Observe(body.StartAsync());
        ValueTask<FlushResult> flush = connection.Transport.Output.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
        {
            Observe(flush.AsTask());
        }
    }

    // A client that is gone is no fault.
    private static void Observe(Task task) =>
        task.ContinueWith(static done => done.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
