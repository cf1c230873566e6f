using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>What speaks against a plan, and what it does not know.</summary>
internal static class PlanFindings
{
    public static IReadOnlyList<ClusterFinding> Of(ClusterState state, Distribution distribution, TodaysIssuers today, string wanted, RollPlanner rolls) =>
    [
        .. StateFindings.Of(state, distribution, today, wanted),
        .. SourceFindings.Of(state, distribution),
        .. Servers(state, distribution, rolls.Targets),
        .. Issuers(today, wanted, rolls),
        .. IssuersOfUsers(state, distribution, wanted),
        .. NotInSource(state, distribution, wanted, rolls),
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
                $"the plan has a step for each missing one without its name: find them before the first roll, and change all of them in each roll{(RollTargets.OtherAddresses(state, targets) is { Count: > 0 } others ? $"; they are among {string.Join(", ", others)}" : "")}");
        }

        if (distribution.Id == General.Distribution.Id && state.Nodes.Count == 0 && state.Servers.Count == 0 && state.Unread.All(item => item.What is not ("nodes" or "API server pods")))
        {
            yield return ClusterFinding.Error("control-plane-hidden", "the cluster shows neither control-plane nodes nor API server pods: somebody else runs the control plane, or it runs in another cluster",
                "ask who runs it whether --service-account-issuer can be set, or give --distribution (gardener, kamaji, vcluster, k0s); the steps below are what has to happen there");
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

    private static IEnumerable<ClusterFinding> Issuers(TodaysIssuers today, string wanted, RollPlanner rolls)
    {
        if (today.All.Count > 0 && today.All[0] is var signer && signer != wanted && signer.StartsWith("https://", StringComparison.Ordinal) && !IssuerRules.IsPrivate(signer) && !signer.Contains(',', StringComparison.Ordinal))
        {
            yield return ClusterFinding.Information("issuer-public", $"the host of today's issuer {signer} looks public already", "if its two documents can be read from outside (issuerctl check), relying parties can trust it as it is, and no change is needed");
        }

        if (today.All.Count == 0)
        {
            yield return ClusterFinding.Error("issuer-unknown", "today's issuer could not be read", "decode any token of a pod (iss) and put it where the plan writes " + RollPlanner.UnknownIssuer);
        }
        else if (rolls.HasUnknownIssuer)
        {
            yield return ClusterFinding.Error("issuer-unknown", $"the issuers of the servers that could not be read are unknown, and {wanted} is the only one of those that were read",
                $"decode a token that such a server signs (iss) and put it where the plan writes {RollPlanner.UnknownIssuer}");
        }
        else if (!today.IsWhole)
        {
            yield return ClusterFinding.Warning("further-issuers-unknown", $"only the first issuer is known, from the discovery document: {today.All[0]}",
                "if the servers accept others too, add them behind it in every roll");
        }

        if (IssuerRules.IsAddress(wanted) && !IssuerRules.IsPrivate(wanted))
        {
            yield return ClusterFinding.Warning("issuer-private", $"the host of {wanted} is an address, not a name", "choose a name: the address may change, an issuer can be changed by these rolls only, and few public CAs issue certificates for addresses");
        }

        if (IssuerRules.IsPrivate(wanted))
        {
            yield return ClusterFinding.Warning("issuer-private", $"the host of {wanted} cannot be reached from the internet", "Entra, AWS and Google need a public name");
        }
    }

    // An issuer of users must be none of the server's own: it exits with "URL must not overlap with disallowed issuers".
    private static IEnumerable<ClusterFinding> IssuersOfUsers(ClusterState state, Distribution distribution, string wanted)
    {
        (string Name, FlagSet Flags)[] all =
        [
            .. from server in state.Servers where server.Flags is not null select (server.Name, server.Flags),
            .. from source in state.Sources let flags = SourceFindings.Read(source, distribution) where flags is not null select (source.Name, flags),
        ];
        string[] same = [.. all.Where(each => each.Flags.All("oidc-issuer-url").Contains(wanted)).Select(each => each.Name).Distinct()];
        if (same.Length > 0)
        {
            yield return ClusterFinding.Error("issuer-of-users", $"{string.Join(", ", same)} {(same.Length == 1 ? "has" : "have")} --oidc-issuer-url {wanted}: an API server does not start when the issuer of its users is one of its own", "choose another issuer, or remove that flag before the first roll");
        }

        foreach (string file in all.SelectMany(each => each.Flags.All("authentication-config")).Where(file => file.Length > 0).Distinct())
        {
            yield return ClusterFinding.Information("issuer-of-users", $"the servers read {file}, which cannot be seen from here", $"look before the first roll that none of its jwt issuers has the url {wanted}: an API server does not start with it");
        }
    }

    // Of kubeadm's ConfigMap each server has a finding of its own.
    private static IEnumerable<ClusterFinding> NotInSource(ClusterState state, Distribution distribution, string wanted, RollPlanner rolls) => !rolls.IsAlone ? [] :
    [
        .. from source in SourceFindings.Issuers(state, distribution)
           where source.Source.Kind != ConfigurationSource.ConfigMap && !source.Issuers.Contains(wanted)
           select ClusterFinding.Warning("source-differs", $"every server runs with {wanted}, which {source.Source.Name} does not contain", "it was set in another place or by hand, and the next upgrade would remove it: the roll of the plan writes it"),
    ];

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
        if (!KeyRolls.HasEllipticCurve(state))
        {
            yield break;
        }

        if (KeyRolls.HasRsa(state))
        {
            yield return ClusterFinding.Warning("signing-key-change-open", "EC and RSA keys are published: a change of the signing key is under way", "decode a fresh token (alg) to see which one signs, and leave out the rolls of the key that are done");
            yield break;
        }

        if (KeyRolls.HasExternalSigner(state))
        {
            yield return ClusterFinding.Warning("signing-key-ec", "an external signer signs with an EC key; Entra accepts RS256 only", "change the key at the signer, after the issuer and never together with it");
            yield break;
        }

        yield return distribution.CanAddKeys == false
            ? ClusterFinding.Error("signing-key-ec", "the cluster signs with an EC key, which Entra does not accept, and this plan cannot change it: a second key cannot be given beside it here",
                distribution.KeyWay ?? "ask the vendor how the key is changed")
            : ClusterFinding.Warning("signing-key-ec", "the cluster signs with an EC key; Entra accepts RS256 only", "the rolls K1 to K3 bring an RSA key, after the new issuer signs and never together with it");
    }
}
