namespace IssuerGateway.Tls.Issuance;

/// <summary>When to order the next certificate: pure functions of what is known.</summary>
internal static class RenewalSchedule
{
    private static readonly TimeSpan firstBackoff = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan longestBackoff = TimeSpan.FromHours(6);

    /// <summary>Below this lifetime half of it is kept in reserve, else a third.</summary>
    private static readonly TimeSpan shortLifetime = TimeSpan.FromDays(10);

    /// <summary>Certificates for one host within <see cref="breakerSpan"/> that need no operator. Let's Encrypt allows 5 duplicates a week.</summary>
    private const int BreakerCount = 4;
    private static readonly TimeSpan breakerSpan = TimeSpan.FromDays(7);

    private static readonly TimeSpan shortestPoll = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan longestPoll = TimeSpan.FromDays(1);

    /// <summary>Without <c>Retry-After</c>; more often than twice a day is what RFC 9773 §4.3.2 asks for at least of a client that can.</summary>
    private static readonly TimeSpan usualPoll = TimeSpan.FromHours(6);

    /// <summary>When a certificate is due: where its CA put it, else by the share of its lifetime that is left.</summary>
    /// <param name="chosen">The moment chosen within the CA's window, when there is one.</param>
    /// <param name="spread">From 0 inclusive to 1 exclusive, the same for one certificate each time.</param>
    public static DateTimeOffset Due(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset? chosen, double spread)
    {
        TimeSpan lifetime = notAfter - notBefore;
        DateTimeOffset byLifetime = notAfter - (lifetime / (lifetime < shortLifetime ? 2 : 3)) - (lifetime * 0.02 * spread);

        // A window that ends after the certificate does not keep it from being renewed in time.
        DateTimeOffset latest = notAfter - (lifetime / 10);
        DateTimeOffset due = chosen ?? byLifetime;
        return due < latest ? due : latest;
    }

    /// <summary>A uniformly random moment of the CA's window (RFC 9773 §4.2), so that renewals spread.</summary>
    public static DateTimeOffset Choose(DateTimeOffset start, DateTimeOffset end, double random) =>
        end > start ? start + ((end - start) * random) : start;

    /// <summary>When to ask for the window again (RFC 9773 §4.3.1), within limits: an answer must not make us hammer or forget.</summary>
    public static TimeSpan NextPoll(TimeSpan? retryAfter)
    {
        TimeSpan wanted = retryAfter ?? usualPoll;
        return TimeSpan.FromTicks(Math.Clamp(wanted.Ticks, shortestPoll.Ticks, longestPoll.Ticks));
    }

    /// <summary>The wait after a failure: doubling from 1 minute to 6 hours, a fifth of it random, never less than the CA asked for.</summary>
    /// <param name="failures">In a row, this one included.</param>
    public static TimeSpan Backoff(int failures, TimeSpan? retryAfter, double random)
    {
        double minutes = Math.Min(longestBackoff.TotalMinutes, firstBackoff.TotalMinutes * Math.Pow(2, Math.Clamp(failures - 1, 0, 20)));
        TimeSpan backoff = TimeSpan.FromMinutes(minutes * (0.8 + (0.2 * random)));
        return retryAfter is { } asked && asked > backoff ? asked : backoff;
    }

    /// <summary>
    /// The moment before which no further certificate is ordered by itself, whatever the CA's window says: an answer
    /// that stays in the past has made clients order one certificate after the other.
    /// </summary>
    public static DateTimeOffset? Breaker(IReadOnlyList<DateTimeOffset> issued, TimeSpan lifetime)
    {
        if (issued.Count == 0)
        {
            return null;
        }

        TimeSpan pause = lifetime / 10 < longestPoll ? lifetime / 10 : longestPoll;
        DateTimeOffset paused = Later(issued.Max(), pause);
        DateTimeOffset[] newest = [.. issued.OrderDescending().Take(BreakerCount)];
        DateTimeOffset counted = newest.Length == BreakerCount ? Later(newest[^1], breakerSpan) : DateTimeOffset.MinValue;
        return paused > counted ? paused : counted;
    }

    /// <summary>What <see cref="Breaker"/> needs to remember.</summary>
    public static IReadOnlyList<DateTimeOffset> Remember(IReadOnlyList<DateTimeOffset> issued, DateTimeOffset now) =>
        [.. issued.Append(now).OrderDescending().Take(BreakerCount)];

    // A date out of a damaged file may be the last one there is.
    private static DateTimeOffset Later(DateTimeOffset moment, TimeSpan wait) => moment > DateTimeOffset.MaxValue - wait ? DateTimeOffset.MaxValue : moment + wait;
}
