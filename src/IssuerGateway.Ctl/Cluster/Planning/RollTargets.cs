using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>
/// The servers that must get a change: every control-plane node and every server found, those of which only the
/// address is known, and one placeholder for each that was counted and not found, so that no plan leaves one behind.
/// </summary>
internal static class RollTargets
{
    public static IReadOnlyList<RollTarget> Of(ClusterState state)
    {
        List<RollTarget> targets =
        [
            .. state.Nodes.Select(node => new RollTarget(node.Name, node.Address, state.Servers.FirstOrDefault(server => server.Node == node.Name))
            {
                GivenArguments = node.GivenArguments,
            }),

            // A server without a node is a target by the address that it advertises, below, or was reached by one that may be any of them.
            .. state.Servers
                .Where(server => server.Node is not null && state.Nodes.All(node => node.Name != server.Node))
                .Select(server => new RollTarget(server.Node!, HostOf(server.Endpoint), server)),
        ];
        if (state.ServerCount is not { } count)
        {
            return targets.Count > 0 ? targets : [new RollTarget("every control-plane node", null, null) { IsUnseen = true }];
        }

        // With more addresses left than servers, one of them belongs to a server that is a target already, and which one
        // is not known: a choice would leave a server behind.
        IReadOnlyList<string> others = OtherAddresses(state, targets);
        if (others.Count == count - targets.Count)
        {
            targets.AddRange(others.Select(address => new RollTarget($"API server at {address}", address, state.Servers.FirstOrDefault(server => server.Node is null && HostOf(server.Endpoint) == address))));
        }

        for (int i = targets.Count + 1; i <= count; i++)
        {
            targets.Add(new RollTarget($"API server {i} of {count} (not found)", null, null) { IsUnseen = true });
        }

        return targets;
    }

    /// <summary>The addresses that the cluster lists and that are none of these targets'.</summary>
    public static IReadOnlyList<string> OtherAddresses(ClusterState state, IReadOnlyList<RollTarget> targets) =>
        [.. state.Endpoints.Select(endpoint => HostOf(endpoint)!).Except(targets.SelectMany(AddressesOf))];

    private static IEnumerable<string> AddressesOf(RollTarget target) => new[] { target.Address, HostOf(target.Server?.Endpoint) }.OfType<string>();

    private static string? HostOf(string? endpoint) => endpoint is not null && endpoint.LastIndexOf(':') is var colon and > 0 ? endpoint[..colon].Trim('[', ']') : endpoint;
}
