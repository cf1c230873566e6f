using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Tls;

/// <summary>Answers HTTP-01 (RFC 8555 §8.3) for pending challenges, and nothing else over plain HTTP; everything that came by TLS goes on.</summary>
internal static class Http01Middleware
{
    private const string Prefix = "/.well-known/acme-challenge/";
    private const int MaxToken = 256;

    /// <summary>Stands first in the pipeline: a validator comes by plain HTTP, with any Host, and before documents exist.</summary>
    public static void UseHttp01Challenges(this IApplicationBuilder app)
    {
        ChallengeResponses? responses = app.ApplicationServices.GetService<ChallengeResponses>();
        if (responses is not null)
        {
            app.Use((context, next) => Find(responses, context.Request) is { } answer ? AnswerAsync(context.Response, answer)
                : context.Request.IsHttps ? next(context)
                : DenyAsync(context.Response));
        }
    }

    private static string? Find(ChallengeResponses responses, HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) || request.Path.Value is not { } path || !path.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        string token = path[Prefix.Length..];
        return token.Length <= MaxToken && Base64Url.IsValid(token) ? responses.ForHttp(token) : null;
    }

    // With ACME the plain listener is there for validators only; a document that came by it could have been changed on the way.
    private static Task DenyAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status404NotFound;
        response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private static Task AnswerAsync(HttpResponse response, string keyAuthorization)
    {
        byte[] body = Encoding.ASCII.GetBytes(keyAuthorization);
        response.ContentType = "application/octet-stream";
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        return response.Body.WriteAsync(body, 0, body.Length, response.HttpContext.RequestAborted);
    }
}
