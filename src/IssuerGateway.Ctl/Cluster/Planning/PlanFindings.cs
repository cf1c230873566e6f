using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>What speaks against a plan, and what it does not know.</summary>
internal static class PlanFindings
{
    public static IReadOnlyList<ClusterFinding> Of(ClusterState state, Distribution distribution, TodaysIssuers today, string wanted, IReadOnlyList<RollTarget> targets) =>
    [
        .. StateFindings.Of(state, today),
        .. Servers(state, distribution, targets),
        .. Issuers(today, wanted),
        .. Holding(state, distribution),
        .. Audiences(distribution, today),
        .. SigningKey(state, distribution),
    ];

    private static IEnumerable<ClusterFinding> Servers(ClusterState state, Distribution distribution, IReadOnlyList<RollTarget> targets)
    {
        int unseen = targets.Count(target => target.IsUnseen);
        if (state.ServerCount is null)
        {
            yield return ClusterFinding.Error("servers-unknown", "how many API servers there are could not be read: no right to read nodes, pods and Leases",
                "count them yourself before the first roll; the plan assumes several, and one that is left out rejects the tokens of the others");
        }
        else if (unseen > 0 && distribution.HasFilePerServer)
        {
            yield return ClusterFinding.Error("servers-not-found", $"{state.ServerCount} API servers are counted, {state.ServerCount - unseen} were found",
                "the plan has a step for each missing one without its name: find them before the first roll, and change all of them in each roll");
        }

        if (!distribution.HasFilePerServer && targets.All(target => target.Server is null))
        {
            yield return ClusterFinding.Information("servers-behind-object", $"the servers cannot be seen from here{(state.ServerCount is { } count ? $"; {count} are counted" : "")}",
                "one object holds the configuration of all of them: wait until it has been rolled out everywhere before the next roll");
            yield break;
        }

        string[] unread = [.. targets.Where(target => !target.IsUnseen && target.Server?.Flags is null).Select(target => target.Name)];
        if (unread.Length > 0)
        {
            yield return ClusterFinding.Warning("flags-unread", $"the flags of {string.Join(", ", unread)} could not be read",
                "today's values of these servers are unknown: look at their running process before the first roll (ps -o args -C kube-apiserver)");
        }
    }

    private static IEnumerable<ClusterFinding> Issuers(TodaysIssuers today, string wanted)
    {
        if (today.All.Count == 0)
        {
            yield return ClusterFinding.Error("issuer-unknown", "today's issuer could not be read", "decode any token of a pod (iss) and put it where the plan writes THE-ISSUER-OF-TODAY");
        }
        else if (!today.IsWhole)
        {
            yield return ClusterFinding.Warning("further-issuers-unknown", $"only the first issuer is known, from the discovery document: {today.All[0]}",
                "if the servers accept others too, add them behind it in every roll");
        }

        if (IssuerRules.IsPrivate(wanted))
        {
            yield return ClusterFinding.Warning("issuer-private", $"the host of {wanted} cannot be reached from the internet", "Entra, AWS and Google need a public name");
        }
    }

    private static IEnumerable<ClusterFinding> Holding(ClusterState state, Distribution distribution)
    {
        if (distribution.TwoIssuers == TwoIssuers.NotHeld)
        {
            yield return ClusterFinding.Error("one-issuer-only", $"{distribution.Name} cannot hold two issuers: every token of the old issuer is rejected from the restart of each server on",
                distribution.NextBestWay ?? "change the issuer in a maintenance window and restart every pod afterwards");
        }

        if (distribution.TwoIssuers == TwoIssuers.Unconfirmed)
        {
            yield return ClusterFinding.Warning("distribution-unconfirmed", $"how {distribution.Name} holds two issuers is unconfirmed",
                "try the first roll on a test cluster, and look at the running flags of every server before the next roll");
        }

        if (VersionText.Minor(state.Version) is { } minor and < 22)
        {
            yield return ClusterFinding.Error("kubernetes-too-old", $"Kubernetes 1.{minor} accepts one issuer only", "upgrade to 1.22 or later first");
        }
    }

    private static IEnumerable<ClusterFinding> Audiences(Distribution distribution, TodaysIssuers today)
    {
        if (!distribution.SetsAudiences && !today.AudiencesAreKnown)
        {
            yield return ClusterFinding.Warning("audiences-unknown", "whether --api-audiences is set could not be read",
                "if it is set, keep its values and add none; if not, write it as the roll that drops the old issuer shows");
        }
    }

    private static IEnumerable<ClusterFinding> SigningKey(ClusterState state, Distribution distribution)
    {
        if (!KeyRolls.SignsWithEllipticCurve(state))
        {
            yield break;
        }

        if (state.Servers.Any(server => server.Flags?.Last(FlagSet.SigningEndpoint) is not null))
        {
            yield return ClusterFinding.Warning("signing-key-ec", "an external signer signs with an EC key; Entra accepts RS256 only", "change the key at the signer, after the issuer and never together with it");
            yield break;
        }

        yield return distribution.CanAddKeys == false
            ? ClusterFinding.Error("signing-key-ec", "the cluster signs with an EC key, which Entra does not accept, and the key flags cannot be set here: a swap invalidates every token",
                distribution.NextBestWay ?? "upgrade to a version that accepts further public keys before you change the key")
            : ClusterFinding.Warning("signing-key-ec", "the cluster signs with an EC key; Entra accepts RS256 only", "the rolls K1 to K3 bring an RSA key, after the issuer and never together with it");
    }
}
