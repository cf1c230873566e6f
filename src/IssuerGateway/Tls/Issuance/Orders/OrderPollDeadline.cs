using IssuerGateway.Acme;

namespace IssuerGateway.Tls.Issuance.Orders;

/// <summary>How long one attempt waits for the CA, ever longer between looks. The order stays, and the next attempt keeps waiting.</summary>
internal sealed class OrderPollDeadline(TimeProvider time, string host)
{
    private static readonly TimeSpan longestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan limit = TimeSpan.FromMinutes(5);

    private readonly long startedAt = time.GetTimestamp();
    private TimeSpan wait = TimeSpan.FromSeconds(1);

    /// <summary>Null after the wait; the problem when this attempt has waited long enough, or the CA wants longer than that.</summary>
    public async Task<AcmeProblem?> WaitAsync(TimeSpan? retryAfter, CancellationToken cancellationToken)
    {
        TimeSpan next = retryAfter is { } requested && requested > wait ? requested : wait;
        wait = wait * 2 < longestWait ? wait * 2 : longestWait;
        if (time.GetElapsedTime(startedAt) + next > limit)
        {
            return AcmeProblem.Of(IssuanceProblem.StillProcessing, $"the CA has not finished the order for {host} yet") with { RetryAfter = retryAfter };
        }

        await Task.Delay(next, time, cancellationToken);
        return null;
    }
}
