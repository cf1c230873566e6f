using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Ctl.Cluster.Verification;

/// <summary>
/// Compares every API server with what it must be after a roll. Changes nothing; it requests tokens of ten minutes.
/// Servers are counted from inside the cluster, so that one which was not reached is noticed.
/// </summary>
internal static class ClusterVerifier
{
    public static async Task<VerifyReport> VerifyAsync(IApiReader api, IReadOnlyList<IApiReader> servers, VerifyRequest request, CancellationToken cancellationToken)
    {
        ClusterState state = await ClusterInspector.InspectAsync(api, servers, distribution: null, cancellationToken, isForVerification: true);
        string[] addresses = [.. state.Endpoints.Concat(state.Servers.Select(server => server.Endpoint).OfType<string>()).Distinct()];
        List<ObservedServer> observed = [];
        foreach (IApiReader server in servers.Count > 0 ? servers : [api])
        {
            observed.Add(await ObservedServer.ObserveAsync(server, addresses, request, cancellationToken));
        }

        // Another name of a server that was reached by its own address, such as that of a load balancer, is no further server.
        HashSet<string> listed = [.. observed.Where(server => server.IsListed).Select(server => server.Certificate).OfType<string>()];
        ObservedServer[] distinct = [.. observed.Where(server => server.IsListed || server.Certificate is not { } certificate || !listed.Contains(certificate)).DistinctBy(server => server.Identity)];
        int? counted = CountOf(state);
        int seen = distinct.Count(server => server.IsReached);
        List<VerifyCheck> checks = [Counting(counted, seen, state, request)];
        foreach (ObservedServer server in distinct)
        {
            checks.AddRange(ServerChecks.Of(server, state, request));
        }

        checks.AddRange(await TokenChecks.OfAsync(distinct, request, cancellationToken));
        checks.AddRange(KeyChecks.Of(distinct, request));
        return new VerifyReport { Issuer = request.Issuer, AfterRoll = request.AfterRoll, AfterKeyRoll = request.AfterKeyRoll, Counted = counted, Seen = seen, Checks = checks };
    }

    // Leases and mirror pods, not addresses: one address may be a load balancer.
    private static int? CountOf(ClusterState state)
    {
        int pods = state.Servers.Count(server => server.IsPod || server.ReadFrom.StartsWith("kubeapiserver.operator", StringComparison.Ordinal));
        int most = Math.Max(state.IdentityLeases ?? 0, pods);
        return most == 0 ? null : most;
    }

    private static VerifyCheck Counting(int? counted, int seen, ClusterState state, VerifyRequest request) => (counted, seen) switch
    {
        (null, _) => new VerifyCheck("servers-seen", null, CheckOutcome.Unknown, $"{seen} seen; how many there are could not be read from identity Leases or mirror pods",
            "needed right: list leases.coordination.k8s.io and pods in kube-system"),
        ({ } count, _) when seen < count => new VerifyCheck("servers-seen", null, CheckOutcome.Failed,
            $"{seen} of {count} API servers seen{(state.SilentLeases > 0 ? $"; {state.SilentLeases} of their Leases were not renewed for 5 minutes: these servers are down, or their machines were replaced (then the Leases go within an hour)" : "")}",
            state.Endpoints.Count == 1
                ? $"the cluster lists {state.Endpoints[0]} as the only address of all its servers, so they cannot be told apart through it: give the address of each with --server, or compare their flags where they run"
                : $"reach the others: {Others(state)}, or run issuerctl cluster verify --issuer {request.Issuer} --print-job and apply the Job"),
        ({ } count, _) when seen > count => new VerifyCheck("servers-seen", null, CheckOutcome.Passed, $"{seen} API servers seen, where identity Leases and mirror pods count {count}"),
        ({ } count, _) => new VerifyCheck("servers-seen", null, CheckOutcome.Passed, $"{seen} of {count} API servers seen"),
    };

    private static string Others(ClusterState state) => state.Endpoints.Count > 0
        ? string.Join(' ', state.Endpoints.Select(endpoint => $"--server https://{endpoint}"))
        : "add --server https://ADDRESS:PORT once for each";
}
