namespace IssuerGateway.Cli;

/// <summary>
/// How often one host may be ordered for on request: one renewal an hour (with revocations up to three orders), and four
/// failures, one less than the failed validations an hour that Let's Encrypt allows a host. In memory alone: it guards
/// against a script that runs in a loop, and a restart by an operator is no loop.
/// </summary>
internal sealed class ForcedOrderLimit(TimeProvider time)
{
    public const int Renewals = 1;
    public const int Revocations = 3;

    private const int MaxFailures = 4;
    private static readonly TimeSpan window = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, List<(long At, bool IsRenewed)>> past = new(StringComparer.Ordinal);

    /// <summary>Null when an order is allowed now.</summary>
    /// <param name="allowed">How many may have succeeded within an hour, this one included.</param>
    public DateTimeOffset? NextAllowed(string host, int allowed)
    {
        lock (gate)
        {
            List<(long At, bool IsRenewed)> recent = Recent(host);
            (long At, bool)[] renewed = [.. recent.Where(order => order.IsRenewed)];
            (long At, bool)[] failed = [.. recent.Where(order => !order.IsRenewed)];
            long? blocking = renewed.Length >= allowed ? renewed[^allowed].At
                : failed.Length >= MaxFailures ? failed[^MaxFailures].At
                : null;
            return blocking is { } at ? time.GetUtcNow() + window - time.GetElapsedTime(at) : null;
        }
    }

    public void Record(string host, bool isRenewed)
    {
        lock (gate)
        {
            Recent(host).Add((time.GetTimestamp(), isRenewed));
        }
    }

    private List<(long At, bool IsRenewed)> Recent(string host)
    {
        foreach (string other in past.Keys.ToArray())
        {
            past[other].RemoveAll(order => time.GetElapsedTime(order.At) >= window);
            if (past[other].Count == 0)
            {
                past.Remove(other);
            }
        }

        if (!past.TryGetValue(host, out List<(long, bool)>? orders))
        {
            past[host] = orders = [];
        }

        return orders;
    }
}
