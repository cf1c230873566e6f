using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>Which rolls of the issuer are still needed: what every server, and what the servers' flags are made from, has behind it is left out.</summary>
internal sealed class NeededRolls(ClusterState state, Distribution distribution, TodaysIssuers today, string wanted, IReadOnlyList<RollTarget> targets)
{
    /// <summary>A server that could not be read has nothing behind it.</summary>
    public bool IsEveryServerKnown => state.ServerCount is { } count && today.PerServer.Count >= count && targets.All(target => !target.IsUnseen);

    /// <summary>Whether every server signs with the new issuer and accepts no other.</summary>
    public bool IsAlone => IsEveryServerKnown && today.PerServer.All(server => server.Issuers is [var only] && only == wanted);

    /// <summary>The same, and what the flags are made from says so too: an upgrade changes nothing.</summary>
    public bool IsDone => IsAlone && SourceFindings.Issuers(state, distribution).All(source => source.Issuers is [var only] && only == wanted)
        && !state.Sources.Any(source => YamlSource.KeysGivenTwice(source.Content).Any(key => key.EndsWith(FlagSet.Issuer, StringComparison.Ordinal)));

    // Only the Lease of each server counts servers behind one address; a node or an endpoint may hide others.
    private bool IsSingle => state is { ServerCount: 1, IdentityLeases: 1 };

    /// <param name="count">2 or 3, as given on the command line; null: what this cluster needs.</param>
    public List<RollKind> Kinds(int? count)
    {
        if (distribution.TwoIssuers == TwoIssuers.HeldByOperator)
        {
            return [RollKind.MoveToFirst];
        }

        if (IsAlone)
        {
            return IsDone ? [] : [RollKind.WriteConfiguration];
        }

        if (distribution.TwoIssuers == TwoIssuers.NotHeld)
        {
            return [RollKind.Replace];
        }

        bool allAccept = IsEveryServerKnown && today.PerServer.All(server => server.Issuers.Contains(wanted));
        bool allSign = allAccept && today.PerServer.All(server => server.Issuers[0] == wanted) && SourceFindings.Issuers(state, distribution).All(source => source.Issuers is [var first, ..] && first == wanted);
        List<RollKind> kinds = [];
        if (!allAccept && (count == 3 || !IsSingle))
        {
            kinds.Add(RollKind.AddAsSecond);
        }

        if (!allSign)
        {
            kinds.Add(RollKind.MoveToFirst);
        }

        // With one server two rolls are these two; with several the two that change who signs.
        if (count != 2 || IsSingle)
        {
            kinds.Add(RollKind.DropOld);
        }

        return kinds;
    }
}
