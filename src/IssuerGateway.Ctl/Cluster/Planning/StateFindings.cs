using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>What is wrong with a cluster as it is, before anything is changed; <c>inspect</c> shows the same.</summary>
internal static class StateFindings
{
    public static IReadOnlyList<ClusterFinding> Of(ClusterState state, TodaysIssuers today) =>
    [
        .. state.Unread.Select(item => ClusterFinding.Warning("unread", $"{item.What} could not be read: {item.Why}", item.Hint)),
        .. Versions(state),
        .. Differences(today),
        .. AudiencesOf(state, today),
        .. Joined(state, today),
        .. Algorithms(state),
    ];

    private static IEnumerable<ClusterFinding> Versions(ClusterState state)
    {
        string[] versions = [.. state.Nodes.Select(node => node.KubeletVersion).Concat(state.Servers.Select(server => server.Version)).Append(state.Version).OfType<string>().Select(VersionText.Core).Distinct()];
        if (versions.Length > 1)
        {
            yield return ClusterFinding.Warning("versions-differ", $"control-plane nodes and API servers have different versions: {string.Join(", ", versions.Order(StringComparer.Ordinal))}",
                "an upgrade is under way: finish it first, because it writes the flags of each server again");
        }
    }

    private static IEnumerable<ClusterFinding> Differences(TodaysIssuers today)
    {
        if (!today.Differ)
        {
            yield break;
        }

        string each = string.Join("; ", today.PerServer.Select(server => $"{server.Server.Name} [{string.Join(", ", server.Issuers)}]"));
        string[] signers = [.. today.PerServer.Select(server => server.Issuers[0]).Distinct()];
        bool reject = signers.Any(signer => today.PerServer.Any(server => !server.Issuers.Contains(signer)));
        yield return reject
            ? ClusterFinding.Error("servers-reject-each-other", $"the servers have different issuers and reject each other's tokens now: {each}", "make every server accept all of them at once: that is the first roll of a plan")
            : ClusterFinding.Warning("servers-differ", $"the servers have different issuers: {each}", "a roll was not finished: a plan starts with what is missing");
    }

    private static IEnumerable<ClusterFinding> AudiencesOf(ClusterState state, TodaysIssuers today)
    {
        if (today.AudiencesDiffer)
        {
            string each = string.Join("; ", state.Servers.Where(server => server is { Flags: not null, IsComplete: true })
                .Select(server => $"{server.Name} {(server.Flags!.Audiences is { } audiences ? $"[{string.Join(", ", audiences)}]" : "has it unset")}"));
            yield return ClusterFinding.Warning("audiences-differ", $"--api-audiences differs between the servers: {each}", "a token for an audience that one of them lacks is rejected there: give all of them every audience before the first roll");
        }
    }

    private static IEnumerable<ClusterFinding> Joined(ClusterState state, TodaysIssuers today)
    {
        foreach (string joined in today.All.Where(issuer => issuer.Contains(',', StringComparison.Ordinal)))
        {
            yield return ClusterFinding.Error("comma-joined", $"\"{joined}\" is one issuer with a comma in it, not two: tokens are signed with that string and those of its parts are rejected",
                "give each issuer a flag of its own; until tokens with the joined string are gone, keep it as an accepted issuer");
        }

        foreach (ApiServerState server in state.Servers)
        {
            foreach (string twice in (server.Flags?.Issuers ?? []).GroupBy(issuer => issuer).Where(group => group.Count() > 1).Select(group => group.Key))
            {
                yield return ClusterFinding.Error("issuer-twice", $"{server.Name} is configured with {twice} twice: the API server does not start with it", "remove one of the two");
            }
        }
    }

    private static IEnumerable<ClusterFinding> Algorithms(ClusterState state)
    {
        string[] sets = [.. state.Discovery.Where(document => document.Keys.Count > 0).Select(document => string.Join(',', document.Keys.Select(key => key.KeyId).Order(StringComparer.Ordinal))).Distinct()];
        if (sets.Length > 1)
        {
            yield return ClusterFinding.Error("key-sets-differ", "the servers publish different key sets", "a key rotation is not finished: bring the same --service-account-key-file to every server before you change the issuer");
        }
    }
}
