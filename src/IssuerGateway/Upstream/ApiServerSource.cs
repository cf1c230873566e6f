using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Kubernetes.Objects;

namespace IssuerGateway.Upstream;

/// <summary>
/// Queries every API server of one cluster at once, each over a fresh connection, for both documents as a pair. One that
/// was down at the last refresh is queried like the others, but holds up none: its timeout continues beside them.
/// </summary>
internal sealed class ApiServerSource(
    string issuer,
    IAccessSource accessSource,
    EndpointSliceServers endpointSlices,
    ApiServerClusters clusters,
    DocumentFetcher fetcher) : IDocumentSource
{
    /// <summary>How long a server that was down is waited for after the others have responded.</summary>
    private static readonly TimeSpan grace = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, Attempt> down = new(StringComparer.Ordinal);

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
        await clusters.SetAsync(issuer, access, servers);
        UpstreamResponse[] responses = await QueryAsync(servers, access.ServerName, cancellationToken);
        if (access.DiscoversServers && !servers.Contains(access.Servers[0]) && responses.All(IsOutOfReach)
            && await QueryAsync(access.Servers[0], access.ServerName, cancellationToken) is { Fault: null } service)
        {
            // The list is of servers that are gone, or that cannot be reached from here; the one that gave it responds.
            responses = [.. responses, service];
        }

        // What follows evaluates and stores: not on the thread that waits for the sockets (Edge/EdgeListeners), whichever
        // server was the last to respond, with documents or with a fault.
        await Task.Yield();

        List<(UpstreamResponse Response, ServerHealth Health)> known = [.. responses.Select(response => (response, clusters.HealthOf(issuer, response.Server)))];
        foreach (UpstreamResponse response in responses)
        {
            clusters.Report(issuer, response.Server, response.Fault is null);
        }

        return [.. known.OrderBy(entry => entry.Health.Rank).Select(entry => entry.Response)];
    }

    private async Task<UpstreamResponse[]> QueryAsync(IReadOnlyList<Uri> servers, string? serverName, CancellationToken cancellationToken)
    {
        Dictionary<string, Task<UpstreamResponse>> attempts = servers.ToDictionary(ServerAddress.Show, server => AttemptAsync(server, serverName, cancellationToken), StringComparer.Ordinal);
        Task all = Task.WhenAll(attempts.Values);
        await Task.WhenAll(attempts.Where(attempt => !down.ContainsKey(attempt.Key)).Select(attempt => attempt.Value));
        while (!all.IsCompleted && !attempts.Values.Any(attempt => attempt is { IsCompletedSuccessfully: true, Result.Fault: null }))
        {
            await Task.WhenAny(attempts.Values.Where(attempt => !attempt.IsCompleted));
        }

        await all.WaitAsync(grace, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        List<UpstreamResponse> responses = [];
        foreach ((string server, Task<UpstreamResponse> attempt) in attempts)
        {
            UpstreamResponse response = attempt.IsCompleted ? await attempt : down[server].Last;
            responses.Add(response);
            if (response.Fault is null)
            {
                down.Remove(server);
            }
            else
            {
                down[server] = new Attempt(attempt, response);
            }
        }

        foreach (string gone in down.Keys.Except(attempts.Keys).ToArray())
        {
            down.Remove(gone);
        }

        return [.. responses];
    }

    private static bool IsOutOfReach(UpstreamResponse response) => response.Fault is { Code: FaultCode.ConnectFailed or FaultCode.Timeout };

    // An attempt of the last refresh that still runs is this one's too: one connection a server at a time.
    private Task<UpstreamResponse> AttemptAsync(Uri server, string? serverName, CancellationToken cancellationToken) =>
        down.TryGetValue(ServerAddress.Show(server), out Attempt? last) && !last.Running.IsCompleted ? last.Running : QueryAsync(server, serverName, cancellationToken);

    public async ValueTask DisposeAsync() => await clusters.RemoveAsync(issuer);

    private async Task<UpstreamResponse> QueryAsync(Uri server, string? serverName, CancellationToken cancellationToken)
    {
        // One that was down waits for none and holds up none: those that hang would take all places in turn.
        bool needsPlace = !down.ContainsKey(ServerAddress.Show(server));
        if (needsPlace)
        {
            await clusters.FetchSlots.WaitAsync(cancellationToken);
        }

        try
        {
            using HttpMessageInvoker client = clusters.CreateClient(issuer);
            return await fetcher.FetchAsync(client, server, serverName, cancellationToken);
        }
        finally
        {
            if (needsPlace)
            {
                clusters.FetchSlots.Release();
            }
        }
    }

    private sealed record Attempt(Task<UpstreamResponse> Running, UpstreamResponse Last);
}
