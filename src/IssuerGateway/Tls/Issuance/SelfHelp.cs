using System.Collections.Concurrent;
using IssuerGateway.Tls.Issuance.Leadership;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tls.Issuance;

/// <summary>
/// For a replica that does not lead. While store and leadership work, the leader delivers in time. When they do not, a
/// certificate must not expire over it: this replica orders for itself, in memory, within the same protection. Never
/// because the leader seems late: the clock that is wrong may be this one's, and each replica with a wrong clock would order.
/// </summary>
internal sealed class SelfHelp(IReadOnlyList<HostRenewal> hosts, IssuanceContext context, ILeadership leadership)
{
    /// <summary>How long store and leadership may be broken before a replica whose certificate ends stops relying on them, at most.</summary>
    private static readonly TimeSpan leaderTimeout = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, long> undeliveredSince = [];
    private readonly ConcurrentDictionary<string, (long At, string Thumbprint, TimeSpan For)> helped = [];
    private long? brokenSince;
    private (long At, string? Fault)? written;

    /// <param name="storeFault">Why the store could not be read.</param>
    public async Task StepAsync(string? storeFault, CancellationToken cancellationToken)
    {
        HostRenewal[] inDanger = [.. hosts.Where(host => host.IsInDanger)];
        bool isBroken = (leadership.Fault ?? storeFault ?? await WriteFaultAsync(inDanger, cancellationToken)) is not null;
        brokenSince = !isBroken ? null : brokenSince ?? context.Time.GetTimestamp();

        // Side by side, as a leader does: no host waits for the CA's work on another.
        NoteUndelivered();
        HostRenewal[] due = [.. inDanger.Where(host => IsOver(brokenSince, host) || IsOver(undeliveredSince.TryGetValue(host.Host, out long since) ? since : null, host))];
        await Task.WhenAll(due.Where(host => !HasHelped(host)).Select(host => HelpAsync(host, cancellationToken)));
    }

    private async Task HelpAsync(HostRenewal host, CancellationToken cancellationToken)
    {
        string? before = context.Certificates.In(host.Host)?.Thumbprint;
        await host.StepAsync(isForced: false, cancellationToken);
        if (context.Certificates.In(host.Host) is { } served && served.Thumbprint != before)
        {
            helped[host.Host] = (context.Time.GetTimestamp(), served.Thumbprint, HalfOfWhatRemains(served));
        }
    }

    // Of a certificate that another replica ordered long ago less remains; to a clock that is far ahead nothing, so half of all.
    private TimeSpan HalfOfWhatRemains(ServingCertificate served)
    {
        TimeSpan lifetime = served.NotAfter - served.NotBefore;
        TimeSpan remaining = served.NotAfter - context.Time.GetUtcNow();
        return (remaining > TimeSpan.Zero && remaining < lifetime ? remaining : lifetime) / 2;
    }

    // By time that passes, not by a clock: to a clock that is years ahead each certificate has expired when it comes, and the
    // leader writes over what this replica has noted of its orders in the state.
    private bool HasHelped(HostRenewal host) => helped.TryGetValue(host.Host, out (long At, string Thumbprint, TimeSpan For) last)
        && context.Certificates.In(host.Host)?.Thumbprint == last.Thumbprint && context.Time.GetElapsedTime(last.At) < last.For;

    // Reading may work where writing does not: a policy of the cluster, a Role without update. The leader then delivers
    // nothing, and tells nobody.
    private async Task<string?> WriteFaultAsync(HostRenewal[] inDanger, CancellationToken cancellationToken)
    {
        if (inDanger.Length == 0)
        {
            written = null;
        }
        else if (written is not { } last || context.Time.GetElapsedTime(last.At) >= inDanger.Min(TimeoutOf) / 2)
        {
            written = (context.Time.GetTimestamp(), await context.Store.FindWriteFaultAsync(cancellationToken));
        }

        return written?.Fault;
    }

    // The state has arrived and names a certificate that has not, as when its Secret alone is immutable: it only has to be fetched.
    private void NoteUndelivered()
    {
        foreach (HostRenewal host in hosts)
        {
            if (host.IsOrderFinished)
            {
                undeliveredSince.TryAdd(host.Host, context.Time.GetTimestamp());
            }
            else
            {
                undeliveredSince.Remove(host.Host);
            }
        }
    }

    private bool IsOver(long? since, HostRenewal host) => since is { } at && context.Time.GetElapsedTime(at) >= TimeoutOf(host);

    private TimeSpan TimeoutOf(HostRenewal host) =>
        context.Certificates.In(host.Host) is { } served && (served.NotAfter - served.NotBefore) / 8 is var scaled && scaled < leaderTimeout ? scaled : leaderTimeout;
}
