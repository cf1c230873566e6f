namespace IssuerGateway.Tests.Tls.Issuance.Simulation;

internal enum FaultKind
{
    CaDown,
    CaServerError,
    CaRateLimited,
    CaOrderInvalid,
    CaWindowInThePast,
    ApiDown,
    ApiHangs,
    ApiForbids,
    ApiConflicts,
    ApiRejects,
    SecretDeleted,
    SecretDamaged,
    SecretReplaced,
    StateDamaged,
    ReplicaKilled,
    LeaderChanges,
    ClockStepped,
    Reloaded,
}

/// <param name="From">Within the schedule, 0 to 1.</param>
/// <param name="Length">Of the schedule; what happens in one moment has none.</param>
/// <param name="Replica">Whom it concerns, if it concerns one.</param>
/// <param name="Amount">0 to 1: how much of it.</param>
internal sealed record Fault(FaultKind Kind, double From, double Length, int Replica, double Amount);

/// <summary>One run: what the certificates are like, how many replicas there are, and what goes wrong when.</summary>
internal sealed record Schedule(TimeSpan Lifetime, int Replicas, bool HasRenewalInfo, IReadOnlyList<Fault> Faults)
{
    /// <summary>How many lifetimes it takes.</summary>
    public const double Lifetimes = 4;

    public TimeSpan Length => Lifetime * Lifetimes;

    public override string ToString() => $"new Schedule(TimeSpan.FromSeconds({Lifetime.TotalSeconds}), {Replicas}, {(HasRenewalInfo ? "true" : "false")},\n[\n{string.Join("\n", Faults.Select(fault => $"    new({nameof(FaultKind)}.{fault.Kind}, {fault.From:R}, {fault.Length:R}, {fault.Replica}, {fault.Amount:R}),"))}\n])";
}

/// <summary>The true time and what is broken at it. Every wait of a replica takes the time that it waits for.</summary>
internal sealed class SimulatedWorld(Schedule schedule)
{
    public static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public Schedule Schedule => schedule;

    /// <summary>For what the replicas leave to chance, so that a schedule happens the same way each time.</summary>
    public Random Random { get; } = new(1);

    public DateTimeOffset Now { get; set; } = Start;

    public DateTimeOffset End => Start + schedule.Length;

    /// <summary>Since when the CA has been reachable and would issue.</summary>
    public DateTimeOffset WillingSince { get; private set; } = Start;

    /// <summary>Until when the CA has requested a pause.</summary>
    public DateTimeOffset LeaveAloneUntil { get; set; } = DateTimeOffset.MinValue;

    public IEnumerable<Fault> Active(FaultKind kind) => schedule.Faults.Where(fault => fault.Kind == kind && From(fault) <= Now && Now < To(fault));

    public bool Is(FaultKind kind) => Active(kind).Any();

    public DateTimeOffset From(Fault fault) => Start + (schedule.Length * fault.From);

    public DateTimeOffset To(Fault fault) => From(fault) + (schedule.Length * fault.Length);

    public TimeSpan ClockOffset(int replica) => Active(FaultKind.ClockStepped).Where(fault => fault.Replica == replica)
        .Aggregate(TimeSpan.Zero, (offset, fault) => offset + TimeSpan.FromDays(3650 * ((fault.Amount * 2) - 1)));

    public bool IsCaWilling => !Is(FaultKind.CaDown) && !Is(FaultKind.CaServerError) && !Is(FaultKind.CaRateLimited) && !Is(FaultKind.CaOrderInvalid) && LeaveAloneUntil <= Now;

    /// <summary>To show that the check can fail: whatever the CA does counts as willing.</summary>
    public bool IsAlwaysWilling { get; init; }

    public void Observe()
    {
        if (!IsCaWilling && !IsAlwaysWilling)
        {
            WillingSince = Now;
        }
    }

    /// <summary>Moves on to the next moment at which something happens, a hundredth of the lifetime at most.</summary>
    public void Advance(IEnumerable<DateTimeOffset> moments)
    {
        Observe();
        DateTimeOffset next = Now + (schedule.Lifetime / 100);
        IEnumerable<DateTimeOffset> edges = schedule.Faults.SelectMany(fault => (DateTimeOffset[])[From(fault), To(fault), To(fault) + TimeSpan.FromSeconds(70)]);
        foreach (DateTimeOffset moment in moments.Concat(edges).Append(LeaveAloneUntil))
        {
            next = moment > Now && moment < next ? moment : next;
        }

        Now = next > Now + TimeSpan.FromSeconds(1) ? next : Now + TimeSpan.FromSeconds(1);
        Observe();
    }
}

/// <summary>The clock of one replica: its wall clock may be wrong, its monotonic one is not. A timer ends at once and time has passed.</summary>
internal sealed class SimulatedTime(SimulatedWorld world, int replica) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => world.Now + world.ClockOffset(replica);

    public override long GetTimestamp() => (world.Now - SimulatedWorld.Start).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero)
        {
            world.Now += dueTime;
            world.Observe();
        }

        return System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }
}
