using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>Which rolls are needed from where the cluster is now, and the steps of each.</summary>
internal sealed class RollPlanner
{
    private readonly ClusterState state;
    private readonly Distribution distribution;
    private readonly TodaysIssuers today;
    private readonly string wanted;
    private readonly IReadOnlyList<string> previous;

    public RollPlanner(ClusterState state, Distribution distribution, TodaysIssuers today, string wanted)
    {
        this.state = state;
        this.distribution = distribution;
        this.today = today;
        this.wanted = wanted;
        string[] known = [.. today.All.Where(issuer => issuer != wanted)];
        previous = known.Length > 0 ? known : ["THE-ISSUER-OF-TODAY"];
        Targets = RollTargets.Of(state);
    }

    public IReadOnlyList<RollTarget> Targets { get; }

    public IReadOnlyList<Roll> Rolls(int? wantedRolls)
    {
        List<RollKind> kinds = KindsNeeded(wantedRolls == 3);
        if (wantedRolls == 2 && kinds is [RollKind.AddAsSecond, RollKind.MoveToFirst, RollKind.DropOld])
        {
            kinds.RemoveAt(2);
        }

        List<Roll> rolls = [.. kinds.Select(kind => RollOf(kind, kinds))];

        // Gardener keeps its default issuer for good: a roll that would write what is there already is none.
        if (rolls is [.., { } before, { Kind: RollKind.DropOld } last] && before.Steps.Select(step => step.Content).SequenceEqual(last.Steps.Select(step => step.Content)))
        {
            rolls.Remove(last);
        }

        return rolls;
    }

    private List<RollKind> KindsNeeded(bool all)
    {
        if (distribution.TwoIssuers == TwoIssuers.NotHeld)
        {
            return [RollKind.Replace];
        }

        if (distribution.TwoIssuers == TwoIssuers.HeldByOperator)
        {
            return [RollKind.MoveToFirst];
        }

        // What every server has behind it need not be done again; a server that could not be read has nothing behind it.
        bool everyServerIsKnown = state.ServerCount is { } count && today.PerServer.Count >= count && Targets.All(target => !target.IsUnseen);
        bool allAccept = everyServerIsKnown && today.PerServer.All(server => server.Issuers.Contains(wanted));
        bool allSign = allAccept && today.PerServer.All(server => server.Issuers[0] == wanted);

        // Only the Lease of each server counts servers behind one address; a node or an endpoint may hide others.
        bool isSingle = state is { ServerCount: 1, IdentityLeases: 1 };
        List<RollKind> kinds = [];
        if (!allAccept && (all || !isSingle))
        {
            kinds.Add(RollKind.AddAsSecond);
        }

        if (!allSign)
        {
            kinds.Add(RollKind.MoveToFirst);
        }

        kinds.Add(RollKind.DropOld);
        return kinds;
    }

    private Roll RollOf(RollKind kind, List<RollKind> planned)
    {
        RollContext context = ContextOf(kind, IssuersAfter(kind), LabelOf(kind));
        return new Roll
        {
            Number = NumberOf(kind),
            Kind = kind,
            Title = TitleOf(kind),
            Issuers = context.Issuers,
            Audiences = context.Audiences,
            Steps = distribution.Steps(context),
            RollingOut = [.. distribution.RollingOut.Select(fact => fact.ToString())],
            Breaks = RollTexts.Breaks(kind, distribution),
            Wait = RollTexts.Wait(kind, distribution, state),
            Verify = RollTexts.Verify(kind, wanted, state),
            GoBack = BackFrom(kind, planned),
        };
    }

    private GoBack BackFrom(RollKind kind, List<RollKind> planned)
    {
        RollKind? before = kind switch
        {
            RollKind.MoveToFirst => RollKind.AddAsSecond,
            RollKind.DropOld => RollKind.MoveToFirst,
            _ => null,
        };
        string text = RollTexts.GoBack(kind, distribution, wanted);
        if (distribution.TwoIssuers is TwoIssuers.HeldByOperator)
        {
            return new GoBack(text, distribution.Steps(ContextOf(RollKind.Replace, previous, "back") with { KeySetUri = null, IsBack = true }));
        }

        if (before is { } earlier)
        {
            return planned.Contains(earlier)
                ? new GoBack($"{text} Write the contents of roll {NumberOf(earlier)} again.", [])
                : new GoBack(text, distribution.Steps(ContextOf(earlier, IssuersAfter(earlier), $"back-to-{LabelOf(earlier)}") with { IsBack = true }));
        }

        return new GoBack(text, distribution.Steps(ContextOf(RollKind.AddAsSecond, previous, "back-to-today") with { IsBack = true }));
    }

    private RollContext ContextOf(RollKind kind, IReadOnlyList<string> issuers, string label) => new()
    {
        Cluster = state,
        Kind = kind,
        Label = label,
        New = wanted,
        Previous = previous,
        Issuers = issuers,
        Audiences = AudiencesFor(kind, issuers),
        TodayAudiences = today.Audiences ?? today.All,
        KeySetUri = distribution.WritesKeySetUri && issuers[0] == wanted ? IssuerRules.KeySetUri(wanted) : null,
        Targets = Targets,
    };

    private IReadOnlyList<string> IssuersAfter(RollKind kind) => kind switch
    {
        RollKind.AddAsSecond => [.. previous, wanted],
        RollKind.MoveToFirst => [wanted, .. previous],
        _ => [wanted],
    };

    /// <summary>
    /// Unset means all issuers in order, which is right until the old one is dropped: then tokens projected for the old
    /// audience would be rejected even when fresh, so it is written from then on. An explicit list is never narrowed.
    /// </summary>
    private IReadOnlyList<string>? AudiencesFor(RollKind kind, IReadOnlyList<string> issuers)
    {
        if (distribution.WritesAudiences)
        {
            return [.. issuers.Concat(previous).Concat(today.Audiences ?? []).Distinct()];
        }

        return kind == RollKind.DropOld && !distribution.SetsAudiences && today.Audiences is null ? [wanted, .. previous] : null;
    }

    private static string NumberOf(RollKind kind) => kind == RollKind.Replace ? "R" : ((int)kind).ToString();

    private static string LabelOf(RollKind kind) => kind == RollKind.Replace ? "replace" : $"roll-{(int)kind}";

    private string TitleOf(RollKind kind) => kind switch
    {
        RollKind.AddAsSecond => $"accept {wanted} everywhere, as second issuer",
        RollKind.MoveToFirst when distribution.TwoIssuers == TwoIssuers.HeldByOperator => $"sign with {wanted}; the operator keeps the earlier issuer accepted for 24 h",
        RollKind.MoveToFirst => $"sign with {wanted}; the old issuer stays accepted",
        RollKind.DropOld => "later: stop accepting the old issuer",
        _ => $"replace the issuer by {wanted} in a maintenance window",
    };
}
