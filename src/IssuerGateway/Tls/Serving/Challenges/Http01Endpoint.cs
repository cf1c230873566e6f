using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Tls.Serving.Challenges;

/// <summary>
/// Serves HTTP-01 (RFC 8555 §8.3) for pending challenges, and nothing else over plain HTTP; everything that came by TLS
/// continues. It is queried first: a validator comes with any Host, and before documents exist.
/// </summary>
/// <param name="next">Handles what came by TLS.</param>
internal sealed class Http01Endpoint(ChallengeResponses responses, Func<IFeatureCollection, Task> next)
{
    private const string Prefix = "/.well-known/acme-challenge/";

    public Task RespondAsync(IFeatureCollection features)
    {
        // By type, not Get<T>(): that is a generic virtual method, which native code looks up at each call.
        IHttpRequestFeature request = (IHttpRequestFeature)features[typeof(IHttpRequestFeature)]!;
        return Find(request) is { } keyAuthorization ? RespondAsync(features, keyAuthorization)
            : request.Scheme == "https" && features[typeof(ChallengeOnlyConnection)] is null ? next(features)
            : DenyAsync(features);
    }

    private string? Find(IHttpRequestFeature request)
    {
        if (request.Method != HttpMethods.Get || !request.Path.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        string token = request.Path[Prefix.Length..];
        return responses.ForHttp(token);
    }

    // With ACME the plain listener is there for validators only; a document that came by it could have been changed on the way.
    private static Task DenyAsync(IFeatureCollection features)
    {
        IHttpResponseFeature response = features.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = StatusCodes.Status404NotFound;
        response.Headers.ContentLength = 0;
        response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    private static async Task RespondAsync(IFeatureCollection features, string keyAuthorization)
    {
        byte[] body = Encoding.ASCII.GetBytes(keyAuthorization);
        IHttpResponseFeature response = features.GetRequiredFeature<IHttpResponseFeature>();
        response.Headers.ContentType = "application/octet-stream";
        response.Headers.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        await features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(body, features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted);
    }
}
