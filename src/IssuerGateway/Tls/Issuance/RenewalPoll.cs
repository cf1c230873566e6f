using IssuerGateway.Acme;
using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Issuance.Stores;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>Reads from the CA when it wants a certificate renewed (RFC 9773 §4); a failure leaves what is known.</summary>
internal sealed class RenewalPoll(AcmeAccounts accounts, string host, TimeProvider time, Random random, ILogger<RenewalPoll> logger)
{
    private static readonly TimeSpan shortestPoll = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan longestPoll = TimeSpan.FromDays(1);

    /// <summary>Without <c>Retry-After</c>; RFC 9773 §4.3.2 wants at least two polls a day.</summary>
    private static readonly TimeSpan usualPoll = TimeSpan.FromHours(6);

    public async Task<RenewalState> QueryAsync(string certificateIdentifier, RenewalState? known, CancellationToken cancellationToken)
    {
        AcmeResult<RenewalInfo> response = await accounts.GetRenewalInfoAsync(certificateIdentifier, cancellationToken);
        DateTimeOffset nextPoll = time.GetUtcNow() + NextPoll(response.Value?.RetryAfter ?? response.Problem?.RetryAfter);

        // §4.2: a window that ends before it starts is no window.
        if (response.Value?.SuggestedWindow is not { } window || window.End <= window.Start)
        {
            return known is null ? new RenewalState { CertificateIdentifier = certificateIdentifier, NextPoll = nextPoll } : known with { NextPoll = nextPoll };
        }

        if (known?.Start == window.Start && known.End == window.End)
        {
            return known with { NextPoll = nextPoll };
        }

        if (response.Value.ExplanationUrl is { } explanation)
        {
            logger.LogInformation("The CA explains the renewal window of {Host}: {Explanation}", host, explanation);
        }

        return new RenewalState
        {
            CertificateIdentifier = certificateIdentifier,
            Start = window.Start,
            End = window.End,
            Chosen = Choose(window.Start, window.End, random.NextDouble()),
            NextPoll = nextPoll,
        };
    }

    /// <summary>Whether it is time to query again. A stored time beyond the longest interval comes from a clock that was wrong.</summary>
    public static bool IsPollDue(RenewalState? known, DateTimeOffset now) => known is null || known.NextPoll <= now || known.NextPoll > now + longestPoll;

    /// <summary>A uniformly random moment of the CA's window (RFC 9773 §4.2), so that renewals spread.</summary>
    public static DateTimeOffset Choose(DateTimeOffset start, DateTimeOffset end, double random) =>
        end > start ? start + ((end - start) * random) : start;

    /// <summary>When to request the window again (RFC 9773 §4.3.1), within limits: a response must not make us hammer or forget.</summary>
    public static TimeSpan NextPoll(TimeSpan? retryAfter)
    {
        TimeSpan wanted = retryAfter ?? usualPoll;
        return TimeSpan.FromTicks(Math.Clamp(wanted.Ticks, shortestPoll.Ticks, longestPoll.Ticks));
    }
}
