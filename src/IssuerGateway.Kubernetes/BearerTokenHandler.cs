using System.Net;
using System.Net.Http.Headers;

namespace IssuerGateway.Kubernetes;

/// <summary>Names the gateway to the API server, and queries once more with a freshly read token when the first was rejected.</summary>
public sealed class BearerTokenHandler(IBearerToken token) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        TokenReading first = token.Read();
        HttpResponseMessage response = await SendAsync(request, first, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
        {
            return response;
        }

        // A file is read now, perhaps from a slow volume: not on the thread that waits for the sockets (Edge/EdgeListeners).
        await Task.Yield();
        token.Invalidate();
        TokenReading second = token.Read();
        if (second.Token is null || second.Token == first.Token)
        {
            return response;
        }

        response.Dispose();
        return await SendAsync(request, second, cancellationToken);
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, TokenReading reading, CancellationToken cancellationToken)
    {
        if (reading.Fault is { } fault)
        {
            throw new TokenUnavailableException(fault);
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", reading.Token);
        return base.SendAsync(request, cancellationToken);
    }
}
