using System.Net;
using IssuerGateway.Base;

namespace IssuerGateway.Kubernetes.Documents;

/// <summary>
/// Queries one server for the pair over one connection: (1) GET each fixed path, (2) accept status 200 only, (3) of a JSON
/// type, (4) unencoded, (5) whole and within the size allowed. Everything else is a fault that never quotes the response.
/// </summary>
public sealed class DocumentFetcher(FetchLimits limits, TimeProvider time)
{
    public async Task<UpstreamResponse> FetchAsync(HttpMessageInvoker client, Uri server, string? serverName, CancellationToken cancellationToken)
    {
        string name = Kubernetes.ServerAddress.Show(server);
        using CancellationTokenSource limit = new(limits.Attempt, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        List<Received> received = [];
        foreach (DocumentRequest request in (DocumentRequest[])[DocumentRequest.Discovery, DocumentRequest.KeySet])
        {
            string subject = name + request.Path;
            try
            {
                (Received? document, FetchFault? fault) = await GetAsync(client, request, server, serverName, subject, linked.Token);
                if (document is null)
                {
                    return new UpstreamResponse(name, null, fault);
                }

                received.Add(document);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && TransportFault.Of(exception, subject, limits) is { } fault)
            {
                return new UpstreamResponse(name, null, fault);
            }
        }

        return new UpstreamResponse(name, new DocumentPair(received[0].Body, received[1].Body, received.Min(document => document.MaxAge)), null);
    }

    private async Task<(Received? Document, FetchFault? Fault)> GetAsync(
        HttpMessageInvoker client, DocumentRequest request, Uri server, string? serverName, string subject, CancellationToken cancellationToken)
    {
        // 1
        using HttpRequestMessage message = request.To(server, serverName);
        using HttpResponseMessage response = await client.SendAsync(message, cancellationToken);

        // 2
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return (null, StatusFault.Of(response.StatusCode, subject));
        }

        // 3
        if (!DocumentRequest.IsJson(response.Content.Headers.ContentType?.MediaType))
        {
            return (null, new FetchFault(FaultCode.WrongContentType, $"{subject}: responded with 200 and another content type, expected {request.Accept}",
                "something else than an API server responds at this address, such as a load balancer or a login page: correct the address"));
        }

        // 4
        if (response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            return (null, new FetchFault(FaultCode.ContentEncoded, $"{subject}: responded with a content encoding that was not requested",
                "an intermediary compresses the responses: connect to the API server directly"));
        }

        // 5
        return await BoundedReading.ReadAsync(response.Content, limits.DocumentBytes, cancellationToken) is { } body
            ? (new Received(body, response.Headers.CacheControl?.MaxAge), null)
            : (null, new FetchFault(FaultCode.Oversize, $"{subject}: larger than the {limits.DocumentBytes} bytes allowed",
                "something else than an API server responds at this address, or it publishes far more keys than the hundred that are allowed"));
    }

    private sealed record Received(byte[] Body, TimeSpan? MaxAge);
}
