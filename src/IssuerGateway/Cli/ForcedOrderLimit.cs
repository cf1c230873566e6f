namespace IssuerGateway.Cli;

/// <summary>
/// How often one host may be ordered for on request: one success an hour, and four failures, one less than the failed
/// validations an hour that Let's Encrypt allows a host.
/// </summary>
internal sealed class ForcedOrderLimit(TimeProvider time)
{
    private const int MaxFailures = 4;
    private static readonly TimeSpan window = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, List<(long At, bool IsRenewed)>> past = new(StringComparer.Ordinal);

    /// <summary>Null when an order is allowed now.</summary>
    public DateTimeOffset? NextAllowed(string host)
    {
        lock (gate)
        {
            List<(long At, bool IsRenewed)> recent = Recent(host);
            long? blocking = recent.Any(order => order.IsRenewed) ? recent.Last(order => order.IsRenewed).At
                : recent.Count >= MaxFailures ? recent[^MaxFailures].At
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
