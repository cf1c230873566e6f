using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>
/// The servers that must get a change: every control-plane node and every server found, and one placeholder for each
/// server that was counted and not found, so that no plan leaves one behind.
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
            .. state.Servers
                .Where(server => server.Node is null || state.Nodes.All(node => node.Name != server.Node))
                .Where(server => server.Node is not null || state.Nodes.Count == 0)
                .Select(server => new RollTarget(server.Node ?? server.Name, null, server)),
        ];
        if (state.ServerCount is not { } count)
        {
            return targets.Count > 0 ? targets : [new RollTarget("every control-plane node", null, null) { IsUnseen = true }];
        }

        int unseen = count - targets.Count;
        for (int i = 1; i <= unseen; i++)
        {
            targets.Add(new RollTarget(targets.Count == 0 && unseen == 1 ? "the API server" : $"API server {targets.Count + 1} of {count} (not found)", null, null) { IsUnseen = true });
        }

        return targets;
    }
}
