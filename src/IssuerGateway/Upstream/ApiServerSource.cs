using IssuerGateway.Kubernetes;

namespace IssuerGateway.Upstream;

/// <summary>Asks every API server of one cluster at once, each over a fresh connection, for both documents as a pair.</summary>
internal sealed class ApiServerSource(
    string issuer,
    IAccessSource accessSource,
    EndpointSliceServers endpointSlices,
    ApiServerClusters clusters,
    DocumentFetcher fetcher) : IDocumentSource
{
    public string Description => endpointSlices.Fallback is { } reason
        ? $"{accessSource.Description} (EndpointSlices of default/kubernetes cannot be listed: {reason})"
        : accessSource.Description;

    public async Task<IReadOnlyList<UpstreamResponse>> FetchAsync(CancellationToken cancellationToken)
    {
        AccessReading reading = accessSource.Read();
        if (reading.Access is not { } access)
        {
            return [.. reading.Faults.Take(1).Select(fault => new UpstreamResponse(accessSource.Description, null, fault.ToFetchFault()))];
        }

        IReadOnlyList<Uri> servers = access.DiscoversServers ? await endpointSlices.ReadAsync(access, cancellationToken) : access.Servers;
        clusters.Set(issuer, access, servers);
        UpstreamResponse[] answers = await Task.WhenAll(servers.Select(server => AskAsync(server, access.ServerName, cancellationToken)));

        // What follows judges and stores: not on the thread that waits for the sockets (Edge/EdgeListeners), whichever
        // server was the last to answer, with documents or with a fault.
        await Task.Yield();

        List<(UpstreamResponse Answer, ServerHealth Health)> known = [.. answers.Select(answer => (answer, clusters.HealthOf(issuer, answer.Server)))];
        foreach (UpstreamResponse answer in answers)
        {
            clusters.Report(issuer, answer.Server, answer.Fault is null);
        }

        return [.. known.OrderBy(entry => entry.Health.Rank).Select(entry => entry.Answer)];
    }

    public ValueTask DisposeAsync()
    {
        clusters.Remove(issuer);
        return ValueTask.CompletedTask;
    }

    private async Task<UpstreamResponse> AskAsync(Uri server, string? serverName, CancellationToken cancellationToken)
    {
        using HttpMessageInvoker client = clusters.CreateClient(issuer);
        return await fetcher.FetchAsync(client, server, serverName, cancellationToken);
    }
}
