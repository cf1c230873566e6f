namespace IssuerGateway.Kubernetes;

/// <summary>
/// Hands an answer on when all of it has arrived, on a thread of the pool. KubernetesClient parses the body with reads
/// that block: on the thread that waits for the sockets, which runs what follows a read (Edge/EdgeListeners), such a read
/// would wait for that very thread, for good.
/// </summary>
internal sealed class WholeAnswerHandler : DelegatingHandler
{
    /// <summary>A Secret holds at most 1 MiB before base64; a list of a hundred EndpointSlices of an API server is smaller.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxBytes, cancellationToken);
        }
        catch
        {
            response.Dispose();
            throw;
        }

        await Task.Yield();
        return response;
    }
}
