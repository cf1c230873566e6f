using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Demo.StandIn;

/// <summary>Writes one response with the headers that every response of an API server has, as a fault wants it delivered.</summary>
internal sealed class ResponseWriter(HttpContext context, ClusterUser? user, StandInCluster cluster)
{
    private static readonly TimeSpan dripInterval = TimeSpan.FromSeconds(1);

    public async Task WriteAsync(StandInResponse content, Fault? fault, CancellationToken faultIsOver)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(faultIsOver, context.RequestAborted);
        try
        {
            if (fault?.Kind == FaultKind.Hang)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, end.Token);
            }

            WriteHead(content, fault is { Kind: FaultKind.Oversize, Chunked: true });
            await WriteBodyAsync(content.Bytes, fault?.Kind, end.Token);
        }
        catch (OperationCanceledException)
        {
            // Whoever waited for the rest learns that there is none, also when the fault was repaired meanwhile.
            context.Abort();
        }
    }

    private void WriteHead(StandInResponse content, bool chunked)
    {
        HttpResponse response = context.Response;
        response.StatusCode = content.Status;
        response.ContentType = content.ContentType;
        response.ContentLength = chunked ? null : content.Bytes.Length;
        response.Headers["Audit-Id"] = Guid.NewGuid().ToString();
        response.Headers.CacheControl = content.CacheControl;
        if (content.NoSniff)
        {
            response.Headers.XContentTypeOptions = "nosniff";
        }

        if (user is not null)
        {
            (Guid schema, Guid level) = cluster.FlowOf(user);
            response.Headers["X-Kubernetes-Pf-Flowschema-Uid"] = schema.ToString();
            response.Headers["X-Kubernetes-Pf-Prioritylevel-Uid"] = level.ToString();
        }

        if (content.Extra is { } extra)
        {
            response.Headers[extra.Name] = extra.Value;
        }
    }

    private async Task WriteBodyAsync(byte[] body, FaultKind? fault, CancellationToken cancellationToken)
    {
        if (context.Request.Method == "HEAD")
        {
            return;
        }

        switch (fault)
        {
            case FaultKind.SlowDrip:
                for (int sent = 0; sent < body.Length; sent++)
                {
                    await context.Response.Body.WriteAsync(body.AsMemory(sent, 1), cancellationToken);
                    await context.Response.Body.FlushAsync(cancellationToken);
                    await Task.Delay(dripInterval, cluster.Time, cancellationToken);
                }

                break;
            case FaultKind.Truncated:
                // Kestrel closes a connection whose content falls short of its Content-Length; an abort could overtake what was sent.
                await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2), cancellationToken);
                break;
            default:
                await context.Response.Body.WriteAsync(body, cancellationToken);
                break;
        }
    }
}
