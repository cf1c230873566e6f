using IssuerGateway.Http;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Edge;

/// <summary>
/// Responds to a load balancer that probes a public port, by any host and without one (HTTP/1.0): 200 while the gateway accepts,
/// 503 once it drains. It says nothing about documents, since a gateway without them still has to respond to ACME challenges.
/// </summary>
/// <param name="path">Of <c>Edge:ProbePath</c>.</param>
/// <param name="next">Handles everything else.</param>
internal sealed class ProbeEndpoint(string path, DrainState drain, Func<IFeatureCollection, Task> next)
{
    public Task RespondAsync(IFeatureCollection features)
    {
        IHttpRequestFeature request = (IHttpRequestFeature)features[typeof(IHttpRequestFeature)]!;
        if (request.RawTarget != path || !IsProbe(request.Method))
        {
            return next(features);
        }

        // One probe a connection: it must not hold a place.
        features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        IHttpResponseFeature response = features.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = drain.IsDraining ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        response.Headers.ContentLength = 0;
        SecurityHeaders.SetForNoDocument(response.Headers, request);
        return Task.CompletedTask;
    }

    // HAProxy's "option httpchk /healthz" sends OPTIONS.
    private static bool IsProbe(string method) => method == HttpMethods.Get || method == HttpMethods.Head || method == HttpMethods.Options;
}
