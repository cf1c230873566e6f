using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Kubernetes.Trust;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Kubernetes;

/// <summary>Fetches both documents of every API server once, without probes or history: for commands, not for the gateway's schedule.</summary>
public sealed class ApiServerQuery(IAccessSource accessSource, FetchLimits limits, TimeProvider time, ILogger<EndpointSliceServers> logger) : IDocumentSource
{
    private readonly EndpointSliceServers endpointSlices = new(time, logger);

    public string Description => accessSource.Description;

    public async Task<IReadOnlyList<UpstreamResponse>> FetchAsync(CancellationToken cancellationToken)
    {
        AccessReading reading = accessSource.Read();
        if (reading.Access is not { } access)
        {
            return [.. reading.Faults.Take(1).Select(fault => new UpstreamResponse(accessSource.Description, null, fault.ToFetchFault()))];
        }

        IReadOnlyList<Uri> servers = access.DiscoversServers ? await endpointSlices.ReadAsync(access, cancellationToken) : access.Servers;
        return await Task.WhenAll(servers.Select(server => FetchAsync(access, server, cancellationToken)));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<UpstreamResponse> FetchAsync(ApiServerAccess access, Uri server, CancellationToken cancellationToken)
    {
        using HttpMessageInvoker client = new(StrictTrust.CreateHandler(access, limits.Connect));
        DocumentFetcher fetcher = new(limits with { MayUseProxy = access.Proxy is not null }, time);
        return await fetcher.FetchAsync(client, server, access.ServerName, cancellationToken);
    }
}
