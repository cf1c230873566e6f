using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>What is wrong with a cluster as it is, before anything is changed; <c>inspect</c> shows the same.</summary>
internal static class StateFindings
{
    public static IReadOnlyList<ClusterFinding> Of(ClusterState state, Distribution distribution, TodaysIssuers today, string? wanted = null) =>
    [
        .. state.Unread.Select(item => ClusterFinding.Warning("unread", $"{item.What} could not be read: {item.Why}", item.Hint)),
        .. Versions(state),
        .. Distributions(state, distribution),
        .. state.Nodes.SelectMany(ConfigurationVersions.Findings),
        .. Differences(today),
        .. AudiencesOf(state, today),
        .. AudienceTraps(distribution, today, wanted),
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

    // The steps are those of one distribution: on a node of another they change a file that nothing reads.
    private static IEnumerable<ClusterFinding> Distributions(ClusterState state, Distribution distribution)
    {
        (string Node, string Vendor)[] nodes = [.. state.Nodes.Where(node => node.KubeletVersion is not null).Select(node => (node.Name, VersionText.Vendor(node.KubeletVersion!) ?? "none of the others"))];
        if (nodes.Select(node => node.Vendor).Distinct().Count() > 1)
        {
            yield return ClusterFinding.Error("distributions-differ", $"control-plane nodes are of different distributions, by their kubelet versions: {string.Join(", ", nodes.Select(node => $"{node.Node} {node.Vendor}"))}",
                $"the steps are those of {distribution.Name}: find out which of these nodes runs an API server, and plan for the others with --distribution");
        }

        foreach (ControlPlaneNode node in state.Nodes.Where(node => distribution.Id == "talos-1.13" && node.OsImage?.StartsWith("Talos (v1.13.0-", StringComparison.Ordinal) == true))
        {
            yield return ClusterFinding.Error("talos-pre-release", $"{node.Name} runs {PrintableText.Of(node.OsImage!)}: pre-releases of 1.13 append to the default issuer, so the new one would never sign", "upgrade to Talos 1.13.0 or later first (talos#12607)");
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

    /// <summary>
    /// A token without audience carries the API server's own audiences: all issuers, or what the flag gives. So a flag that
    /// lacks an accepted issuer rejects its tokens, and without the flag an issuer that goes takes its audience along.
    /// </summary>
    private static IEnumerable<ClusterFinding> AudienceTraps(Distribution distribution, TodaysIssuers today, string? wanted)
    {
        foreach ((ApiServerState server, IReadOnlyList<string> issuers) in today.PerServer.Where(each => each.Server is { IsComplete: true, Flags.Audiences: not null }))
        {
            IReadOnlyList<string> audiences = server.Flags!.Audiences!;
            string has = $"{server.Name} has --api-audiences {string.Join(",", audiences)}";
            if (!audiences.Any(issuers.Contains) && !distribution.SetsAudiences)
            {
                yield return ClusterFinding.Warning("audiences-lack-issuer", $"{has}, and none of its issuers {string.Join(", ", issuers)}",
                    "right only if the flag is as old as the cluster: tokens from before carry an issuer as audience and are rejected with 401. Decode a token of a pod (aud) to see it");
            }

            // Fresh tokens carry what the flag gives. Behind a private signer a public issuer is the new one, with which no token is signed yet.
            foreach (string old in !audiences.Contains(issuers[0]) ? [] : issuers.Skip(1).Where(issuer => !audiences.Contains(issuer) && issuer != wanted && (IssuerRules.IsPrivate(issuer) || !IssuerRules.IsPrivate(issuers[0]))))
            {
                string hint = $"tokens of {old} that carry it as audience are rejected with 401 although their issuer is accepted: add it to --api-audiences of every server (this flag is comma-separated), or remove the flag";
                yield return IssuerRules.IsPrivate(old) && !IssuerRules.IsPrivate(issuers[0])
                    ? ClusterFinding.Error("audiences-lack-issuer", $"{has} without {old}", hint)
                    : ClusterFinding.Warning("audiences-lack-issuer", $"{has} without {old}", hint);
            }
        }

        if (today is { AudiencesAreKnown: true, Audiences: null } && !distribution.SetsAudiences && today.All.Count > 0)
        {
            yield return ClusterFinding.Information("audiences-follow-issuers", "--api-audiences is not set, so it is the list of issuers, in order",
                "never set it to the new issuer alone: tokens from before are rejected then. When an issuer is dropped, tokens that pods request for it as audience are rejected too, even fresh ones: the roll that drops it writes the flag with every audience");
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
