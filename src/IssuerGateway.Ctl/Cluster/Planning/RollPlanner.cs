using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>Which rolls are needed from where the cluster is now, and the steps of each.</summary>
internal sealed class RollPlanner
{
    /// <summary>What a plan has where today's issuer could not be read.</summary>
    public const string UnknownIssuer = "THE-ISSUER-OF-TODAY";

    private readonly ClusterState state;
    private readonly Distribution distribution;
    private readonly TodaysIssuers today;
    private readonly string wanted;
    private readonly string[] previous;
    private readonly KeyRolls keys;
    private readonly NeededRolls needed;
    private readonly IReadOnlyList<Flag> kept;

    public RollPlanner(ClusterState state, Distribution distribution, TodaysIssuers today, string wanted)
    {
        this.state = state;
        this.distribution = distribution;
        this.today = today;
        this.wanted = wanted;
        Targets = RollTargets.Of(state);
        needed = new NeededRolls(state, distribution, today, wanted, Targets);
        string[] known = [.. today.All.Where(issuer => issuer != wanted)];
        previous = known.Length > 0 || needed.IsAlone ? known : [UnknownIssuer];
        keys = new KeyRolls(state, distribution);
        kept = KeptFlags.Of(state, distribution);
    }

    public IReadOnlyList<RollTarget> Targets { get; }

    /// <summary>Whether every server signs with the new issuer and accepts no other, so does what their flags are made from, and the key is as it must be.</summary>
    public bool IsDone => needed.IsDone && keys.Needed().Count == 0;

    /// <summary>Whether every server signs with the new issuer and accepts no other, by its own flags.</summary>
    public bool IsAlone => needed.IsAlone;

    /// <summary>Whether the plan has a placeholder where an issuer of today belongs.</summary>
    public bool HasUnknownIssuer => previous is [UnknownIssuer];

    public IReadOnlyList<Roll> Rolls(int? wantedRolls)
    {
        List<RollKind> kinds = needed.Kinds(wantedRolls);

        // The key comes after the new issuer signs and before the old one is dropped, which may be a year later: what is
        // trusted outside needs the key as soon as it needs the issuer.
        IReadOnlyList<RollKind> forKeys = keys.Needed();
        int drop = kinds.IndexOf(RollKind.DropOld);
        kinds.InsertRange(drop < 0 ? kinds.Count : drop, forKeys.Where(kind => kind != RollKind.DropOldKey));
        kinds.AddRange(forKeys.Where(kind => kind == RollKind.DropOldKey));
        List<Roll> rolls = [.. kinds.Select((_, i) => RollOf(i, kinds))];

        // Gardener keeps its default issuer for good: a roll that would write what is there already is none.
        Roll? last = rolls.Find(roll => roll.Kind == RollKind.DropOld);
        Roll? before = rolls.Find(roll => roll.Kind == RollKind.MoveToFirst);
        if (forKeys.Count == 0 && last is not null && before is not null && before.Steps.Select(step => step.Content).SequenceEqual(last.Steps.Select(step => step.Content)))
        {
            rolls.Remove(last);
        }

        return rolls;
    }

    private Roll RollOf(int index, List<RollKind> planned)
    {
        RollKind kind = planned[index];
        RollContext context = ContextAfter([.. planned.Take(index + 1)]);
        bool isKey = IsKey(kind);
        return new Roll
        {
            Number = NumberOf(kind),
            Kind = kind,
            Title = TitleOf(kind),
            Issuers = isKey ? [] : context.Issuers,
            Audiences = isKey ? null : context.Audiences,
            Steps = isKey ? keys.Steps(context) : distribution.Steps(context),
            RollingOut = [.. distribution.RollingOut.Concat(isKey ? distribution.KeyNotes : []).Select(fact => fact.ToString())],
            Breaks = isKey ? KeyRolls.Breaks(kind) : RollTexts.Breaks(kind, distribution),
            Wait = isKey ? KeyRolls.Wait(kind) : RollTexts.Wait(kind, distribution, state),
            Verify = isKey ? [$"issuerctl cluster verify --issuer {wanted} --after-roll {NumberOf(kind)}{RollTexts.ServerOptions(state)}"] : RollTexts.Verify(kind, wanted, state),
            GoBack = BackFrom(index, planned),
        };
    }

    private GoBack BackFrom(int index, List<RollKind> planned)
    {
        RollKind kind = planned[index];
        RollKind[] earlier = [.. planned.Take(index)];
        if (IsKey(kind))
        {
            RollContext undo = ContextAfter(earlier) with { Kind = kind, Label = $"back-from-{NumberOf(kind)}", Keys = keys.Before(kind), IsBack = true };
            return new GoBack(KeyRolls.GoBack(kind), keys.Steps(undo));
        }

        string text = RollTexts.GoBack(kind, distribution, wanted);
        if (kind == RollKind.WriteConfiguration || previous.Length == 0)
        {
            return new GoBack(text, []);
        }

        if (distribution.TwoIssuers is TwoIssuers.HeldByOperator)
        {
            return new GoBack(text, distribution.Steps(ContextOf(RollKind.Replace, previous, "back") with { KeySetUri = null, IsBack = true }));
        }

        // What the roll before wrote is the way back, if that was a roll of the issuer.
        RollKind? before = kind switch { RollKind.MoveToFirst => RollKind.AddAsSecond, RollKind.DropOld => RollKind.MoveToFirst, _ => null };
        if (before is { } wantedKind)
        {
            return earlier is [.., var direct] && direct == wantedKind
                ? new GoBack($"{text} Write the contents of roll {NumberOf(wantedKind)} again.", [])
                : new GoBack(text, distribution.Steps(ContextOf(wantedKind, IssuersAfter(wantedKind), $"back-to-{LabelOf(wantedKind)}") with { Keys = keys.After(LastKey(earlier)), IsBack = true }));
        }

        return new GoBack(text, distribution.Steps(ContextOf(RollKind.AddAsSecond, previous, "back-to-today") with { IsBack = true }));
    }

    /// <summary>The state after these rolls: a file that is written as a whole holds what all of them wrote.</summary>
    private RollContext ContextAfter(IReadOnlyList<RollKind> done)
    {
        RollKind? ofIssuer = done.Where(kind => !IsKey(kind)).Select(kind => (RollKind?)kind).LastOrDefault();
        RollContext context = ofIssuer is { } issuer
            ? ContextOf(issuer, IssuersAfter(issuer), LabelOf(issuer))
            : ContextOf(RollKind.MoveToFirst, [], "");
        return done is [.., var last] && IsKey(last)
            ? context with { Kind = last, Label = $"roll-{NumberOf(last)}", Keys = keys.After(LastKey(done)) }
            : context with { Keys = keys.After(LastKey(done)) };
    }

    private static RollKind? LastKey(IEnumerable<RollKind> kinds) => kinds.Where(IsKey).Select(kind => (RollKind?)kind).LastOrDefault();

    private static bool IsKey(RollKind kind) => kind is RollKind.AddPublicKey or RollKind.SwitchSigningKey or RollKind.DropOldKey;

    private RollContext ContextOf(RollKind kind, IReadOnlyList<string> issuers, string label) => new()
    {
        Cluster = state,
        Kind = kind,
        Label = label,
        New = wanted,
        Previous = previous,
        Issuers = issuers,
        Audiences = issuers.Count == 0 ? null : AudiencesFor(kind, issuers),
        TodayAudiences = today.Audiences ?? today.All,
        Kept = kept,
        KeySetUri = distribution.WritesKeySetUri && issuers.Count > 0 && issuers[0] == wanted ? IssuerRules.KeySetUri(wanted) : null,
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

        // Where only some servers have the flag, the others need it too before the old issuer goes.
        return kind == RollKind.DropOld && !distribution.SetsAudiences && (today.Audiences is null || today.AudiencesDiffer)
            ? [.. new[] { wanted }.Concat(previous).Concat(today.Audiences ?? []).Distinct()]
            : null;
    }

    private static string NumberOf(RollKind kind) => IsKey(kind) ? KeyRolls.NumberOf(kind) : kind switch { RollKind.Replace => "R", RollKind.WriteConfiguration => "C", _ => ((int)kind).ToString() };

    private static string LabelOf(RollKind kind) => kind switch { RollKind.Replace => "replace", RollKind.WriteConfiguration => "write-configuration", _ => $"roll-{(int)kind}" };

    private string TitleOf(RollKind kind) => kind switch
    {
        RollKind.AddAsSecond => $"accept {wanted} everywhere, as second issuer",
        RollKind.MoveToFirst when distribution.TwoIssuers == TwoIssuers.HeldByOperator => $"sign with {wanted}; the operator keeps the earlier issuer accepted for 24 h",
        RollKind.MoveToFirst => $"sign with {wanted}; the old issuer stays accepted",
        RollKind.DropOld => "later: stop accepting the old issuer",
        RollKind.WriteConfiguration => $"write {wanted} where the servers get it from, before an upgrade removes it",
        _ when IsKey(kind) => KeyRolls.TitleOf(kind),
        _ => $"replace the issuer by {wanted} in a maintenance window",
    };
}
