using IssuerGateway.Acme;
using IssuerGateway.Base;

namespace IssuerGateway.Tls.Issuance.Orders;

/// <summary>Everything that decides when the next certificate of one host is ordered.</summary>
internal sealed record OrderSituation
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>The certificate served for the host, whoever issued it; null when there is none.</summary>
    public CertificatePeriod? Served { get; init; }

    /// <summary>The lifetime of the newest one that was issued, which is known also when the certificate is lost.</summary>
    public TimeSpan? LastLifetime { get; init; }

    /// <summary>Whether the configured CA issued it. The certificate of another CA is served, and replaced at once.</summary>
    public bool IsFromThisCa { get; init; }

    /// <summary>Whether the CA has issued a newer certificate that only has to be fetched: a restart came between.</summary>
    public bool IsOrderFinished { get; init; }

    /// <summary>The moment chosen within the CA's renewal window (RFC 9773 §4.2), if it has one.</summary>
    public DateTimeOffset? Chosen { get; init; }

    /// <summary>From 0 inclusive to 1 exclusive, the same for one certificate each time.</summary>
    public double Spread { get; init; }

    /// <summary>No attempt before this: the pause after a failure, as <see cref="OrderSchedule.PauseAfterFailure"/> chose it.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>When the newest certificates for the host were issued.</summary>
    public IReadOnlyList<DateTimeOffset> Issued { get; init; } = [];
}

/// <summary>When the next order starts, and whether relying parties fail until then: nothing valid is served, or it ends before.</summary>
internal readonly record struct OrderDecision(DateTimeOffset At, bool IsTooLate);

/// <summary>How long nothing is ordered after a failure.</summary>
/// <param name="Wanted">When the CA or the back-off would have had it.</param>
/// <param name="IsTooLate">Whether that is after the end of the certificate served, or none is served.</param>
internal readonly record struct OrderPause(DateTimeOffset Until, DateTimeOffset Wanted, bool IsTooLate);

/// <summary>
/// When to order the next certificate. The invariant: no wait passes the end of a valid certificate, whether it comes
/// from back-off, loop protection, the CA's window or its Retry-After; and without a valid certificate no wait is longer
/// than <see cref="LongestWaitWithoutCertificate"/>. Pure functions of <see cref="OrderSituation"/>.
/// </summary>
internal static class OrderSchedule
{
    /// <summary>Certificates for one host within <see cref="ProtectionSpan"/> that need no operator. Let's Encrypt allows 5 duplicates a week.</summary>
    public const int ProtectionCount = 4;

    /// <summary>How long a CA that requests a pause is left alone while no valid certificate is served.</summary>
    public static readonly TimeSpan LongestWaitWithoutCertificate = TimeSpan.FromDays(1);

    private static readonly TimeSpan firstBackoff = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan longestProtectionSpan = TimeSpan.FromDays(7);
    private static readonly TimeSpan longestSpacing = TimeSpan.FromDays(1);

    /// <summary>Below this lifetime half of it is kept in reserve, else a third.</summary>
    private static readonly TimeSpan shortLifetime = TimeSpan.FromDays(10);

    /// <summary>Of a certificate that could not be read the lifetime is unknown; it is then taken for a long one.</summary>
    private static readonly TimeSpan usualLifetime = TimeSpan.FromDays(90);

    /// <summary>The one decision. Each step may only move the order, and the last one keeps it before the end of the certificate.</summary>
    public static OrderDecision Next(OrderSituation situation)
    {
        DateTimeOffset now = situation.Now;
        CertificatePeriod? served = situation.Served;
        DateTimeOffset paused = situation.PausedUntil ?? DateTimeOffset.MinValue;
        if (served is not { } period || period.HasEnded(now))
        {
            // 1. Nothing valid is served: at once, unless the CA or the protection against a loop requests a pause.
            DateTimeOffset soonest = Latest(now, paused, ProtectedUntilWithoutCertificate(situation));
            return new OrderDecision(soonest, IsTooLate: soonest > now);
        }

        // 2. When it is due, 3. not sooner than the protection against a loop and the pause after a failure allow.
        (DateTimeOffset from, DateTimeOffset to) = period.ByThisClock(now);
        bool isDue = !situation.IsFromThisCa || situation.IsOrderFinished;
        DateTimeOffset due = isDue ? now : Latest(Due(from, to, situation.Chosen, situation.Spread), ProtectedUntil(situation.Issued, now, to - from, from));
        DateTimeOffset wanted = Latest(due, paused);

        // 4. The invariant: however long somebody wants to wait, there is an attempt while the certificate is valid. From the
        // last chance on only a failure holds the next one up, and a certificate that came just before.
        DateTimeOffset lastChance = LastChance(from, to);
        return new OrderDecision(now < lastChance
            ? Latest(now, Earliest(wanted, lastChance))
            : Earliest(Latest(now, paused, isDue ? now : SpacedUntil(situation.Issued, now, to - from, from)), to), IsTooLate: false);
    }

    /// <summary>When a certificate is due: where its CA put it, else by the share of its lifetime that is left.</summary>
    public static DateTimeOffset Due(DateTimeOffset from, DateTimeOffset to, DateTimeOffset? chosen, double spread)
    {
        TimeSpan lifetime = to - from;
        DateTimeOffset byLifetime = to - (lifetime / (lifetime < shortLifetime ? 2 : 3)) - (lifetime * 0.02 * spread);

        // A window that ends after the certificate does not keep it from being renewed in time.
        return Earliest(chosen ?? byLifetime, to - (lifetime / 10));
    }

    /// <summary>
    /// The pause after a failure: the CA's Retry-After or the back-off, whichever is longer. A valid certificate bounds it
    /// by its last chance; after that, and without one, by the longest step.
    /// </summary>
    /// <param name="failures">In a row, this one included.</param>
    /// <param name="random">From 0 to 1: a fifth of the back-off.</param>
    public static OrderPause PauseAfterFailure(DateTimeOffset now, CertificatePeriod? served, int failures, TimeSpan? retryAfter, double random)
    {
        TimeSpan backoff = Backoff(failures, served?.Lifetime, IsServing(served, now), random);
        DateTimeOffset wish = Later(now, retryAfter is { } requested && requested > backoff ? requested : backoff);
        return new OrderPause(Bounded(wish, now, served), wish, served is not { } period || wish >= period.ByThisClock(now).To);
    }

    /// <summary>
    /// A stored pause as it counts now. One that is longer than any was stored by a clock that was wrong, here or on
    /// another replica, and counts for nothing; and a certificate that is lost in the meantime does not wait for a back-off
    /// that a valid one allowed.
    /// </summary>
    /// <param name="isOfCa">Whether the CA requested the pause, so that shortening it would only be rejected.</param>
    public static DateTimeOffset? Clamped(DateTimeOffset? pausedUntil, DateTimeOffset now, CertificatePeriod? served, bool isOfCa)
    {
        if (pausedUntil is not { } until || until <= now || until > Later(now, RetryAfter.Longest))
        {
            return pausedUntil <= now ? pausedUntil : null;
        }

        DateTimeOffset bounded = Bounded(until, now, served);
        return isOfCa || IsServing(served, now) ? bounded : Earliest(bounded, Later(now, LongestBackoff(served?.Lifetime, isServing: false)));
    }

    /// <summary>Doubles from a minute (of short certificates: a quarter of the longest step) to the longest step; up to a fifth less at random.</summary>
    public static TimeSpan Backoff(int failures, TimeSpan? lifetime, bool isServing, double random)
    {
        TimeSpan longest = LongestBackoff(lifetime, isServing);
        TimeSpan first = TimeSpan.Min(firstBackoff, longest / 4);
        TimeSpan step = TimeSpan.Min(longest, first * Math.Pow(2, Math.Clamp(failures - 1, 0, 20)));
        return step * (0.8 + (0.2 * random));
    }

    /// <summary>A twenty-fourth of the lifetime, from 5 s to 6 h; at most 1 h while no valid certificate is served.</summary>
    public static TimeSpan LongestBackoff(TimeSpan? lifetime, bool isServing)
    {
        TimeSpan scaled = (lifetime ?? usualLifetime) / 24;
        TimeSpan longest = TimeSpan.Min(scaled, isServing ? TimeSpan.FromHours(6) : TimeSpan.FromHours(1));
        return longest > TimeSpan.FromSeconds(5) ? longest : TimeSpan.FromSeconds(5);
    }

    /// <summary>Seven days, or the lifetime when that is shorter: within it no more than <see cref="ProtectionCount"/> certificates are ordered while a valid one is served.</summary>
    public static TimeSpan ProtectionSpan(TimeSpan lifetime) => TimeSpan.Min(lifetime, longestProtectionSpan);

    /// <summary>
    /// The moment before which no further certificate is ordered while a valid one is served: an ARI window that stays in
    /// the past has made clients order one certificate after the other. A tenth of the lifetime (at most a day) after the
    /// last one, and a protection span after the last but three.
    /// </summary>
    /// <param name="servedFrom">When the certificate served was issued, by its own word.</param>
    public static DateTimeOffset ProtectedUntil(IReadOnlyList<DateTimeOffset> issued, DateTimeOffset now, TimeSpan lifetime, DateTimeOffset? servedFrom = null)
    {
        DateTimeOffset[] newest = Newest(issued, now, servedFrom);
        DateTimeOffset spaced = SpacedUntil(issued, now, lifetime, servedFrom);
        return newest.Length < ProtectionCount ? spaced : Latest(spaced, newest[^1] + ProtectionSpan(lifetime));
    }

    /// <summary>What the protection needs to remember.</summary>
    public static IReadOnlyList<DateTimeOffset> Remember(IReadOnlyList<DateTimeOffset> issued, DateTimeOffset now) => Newest([.. issued, now], now);

    /// <summary>
    /// The newest times, none of them in the future: a clock that was ahead does not stop renewal. Such a certificate came no
    /// later than the one that is served.
    /// </summary>
    public static DateTimeOffset[] Newest(IReadOnlyList<DateTimeOffset> issued, DateTimeOffset now, DateTimeOffset? servedFrom = null) =>
        [.. issued.Select(time => time <= now ? time : Earliest(now, servedFrom ?? now)).OrderDescending().Take(ProtectionCount)];

    /// <summary>The latest moment for an attempt that can still finish while the certificate is valid.</summary>
    public static DateTimeOffset LastChance(DateTimeOffset from, DateTimeOffset to) => to - TimeSpan.Min((to - from) / 20, TimeSpan.FromMinutes(10));

    /// <summary>
    /// When a replica that does not lead stops relying on the one that does, if the store or the lease is broken: at the last
    /// chance, but 30 s before the end at least (a quarter of a lifetime below two minutes), because it finds out that a
    /// store hangs only after a look of 8 s, and an order takes a few seconds.
    /// </summary>
    public static DateTimeOffset HelpFrom(DateTimeOffset from, DateTimeOffset to) =>
        Earliest(LastChance(from, to), to - TimeSpan.Min((to - from) / 4, TimeSpan.FromSeconds(30)));

    // Whatever is ordered is lost again or never becomes valid: four at once, then one at each longest step.
    private static DateTimeOffset ProtectedUntilWithoutCertificate(OrderSituation situation)
    {
        DateTimeOffset[] newest = Newest(situation.Issued, situation.Now);
        TimeSpan lifetime = situation.Served?.Lifetime ?? situation.LastLifetime ?? usualLifetime;
        return newest.Length == ProtectionCount && newest[^1] + ProtectionSpan(lifetime) > situation.Now
            ? newest[0] + LongestBackoff(lifetime, isServing: false)
            : DateTimeOffset.MinValue;
    }

    private static DateTimeOffset SpacedUntil(IReadOnlyList<DateTimeOffset> issued, DateTimeOffset now, TimeSpan lifetime, DateTimeOffset? servedFrom) =>
        Newest(issued, now, servedFrom) is [var newest, ..] ? newest + TimeSpan.Min(lifetime / 10, longestSpacing) : DateTimeOffset.MinValue;

    private static DateTimeOffset Bounded(DateTimeOffset wish, DateTimeOffset now, CertificatePeriod? served)
    {
        if (served is not { } period || period.HasEnded(now))
        {
            return Earliest(wish, Later(now, LongestWaitWithoutCertificate));
        }

        (DateTimeOffset from, DateTimeOffset to) = period.ByThisClock(now);
        DateTimeOffset lastChance = LastChance(from, to);
        return Earliest(wish, lastChance > now ? lastChance : Later(now, LongestBackoff(period.Lifetime, isServing: true)));
    }

    private static bool IsServing(CertificatePeriod? served, DateTimeOffset now) => served is { } period && !period.HasEnded(now);

    private static DateTimeOffset Earliest(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static DateTimeOffset Latest(params ReadOnlySpan<DateTimeOffset> moments)
    {
        DateTimeOffset latest = DateTimeOffset.MinValue;
        foreach (DateTimeOffset moment in moments)
        {
            latest = moment > latest ? moment : latest;
        }

        return latest;
    }

    // A date from a damaged file may be the last one there is.
    private static DateTimeOffset Later(DateTimeOffset moment, TimeSpan wait) => moment > DateTimeOffset.MaxValue - wait ? DateTimeOffset.MaxValue : moment + wait;
}
