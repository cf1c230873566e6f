using IssuerGateway.Kubernetes.Objects;
using Microsoft.Extensions.Logging;
using k8s.Models;

namespace IssuerGateway.Tls.Issuance.Leadership;

/// <summary>
/// Leads while it keeps a Lease renewed, with the bounds of client-go's leader election: a renewal as a whole, however
/// often it is tried, ends at the deadline, which is before anybody else may take the lease. A lease of another replica
/// counts as given up when it has not changed for its duration on our own monotonic clock: clocks of machines are never
/// compared. The chart makes the Lease.
/// </summary>
internal sealed class LeaseLeadership(ClusterObjects objects, string name, string identity, TimeProvider time, ILogger<LeaseLeadership> logger) : ILeadership
{
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    /// <summary>A leader that could not renew for this long stops, before another one may start.</summary>
    public static readonly TimeSpan RenewDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Longer than any gateway writes. A Lease that says more was written by hand, and would leave certificates to expire.</summary>
    private static readonly TimeSpan longestDuration = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan renewInterval = TimeSpan.FromSeconds(3);

    private (string? Version, long SeenAt) observed;
    private readonly LoggedFault lastFault = new();

    /// <summary>The identity of this pod: its name, and something new after each restart.</summary>
    public static string Identity(string pod) => $"{pod}_{Guid.NewGuid():N}";

    /// <summary>The name that <c>kubectl exec</c> takes; names of pods have no underscore.</summary>
    public static string PodOf(string identity) => identity.LastIndexOf('_') is var end and > 0 ? identity[..end] : identity;

    public string? Leader { get; private set; }

    public string? Fault => lastFault.Current;

    public async Task LeadAsync(Func<CancellationToken, Task> turn, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            long startedAt = time.GetTimestamp();
            if (await TryAcquireAsync(cancellationToken))
            {
                logger.LogInformation("This replica ({Identity}) orders certificates now", identity);
                await HoldAsync(turn, startedAt, cancellationToken);
            }

            await Task.Delay(renewInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HoldAsync(Func<CancellationToken, Task> turn, long renewedAt, CancellationToken cancellationToken)
    {
        using CancellationTokenSource lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task work = turn(lost.Token);
        while (!work.IsCompleted && await RenewAsync(work, renewedAt, lost.Token) is { } renewed)
        {
            renewedAt = renewed;
        }

        if (!work.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning("This replica ({Identity}) no longer leads; orders under way are left to the next leader", identity);
        }

        await lost.CancelAsync();
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ReleaseAsync();
    }

    /// <returns>When the lease was last known to be ours; null when it is lost or nobody needs it any more.</returns>
    private async Task<long?> RenewAsync(Task work, long renewedAt, CancellationToken cancellationToken)
    {
        // Counted from before the request that succeeded: others may count from when it was written.
        TimeSpan left = RenewDeadline - time.GetElapsedTime(renewedAt);
        using CancellationTokenSource limit = new(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (!either.IsCancellationRequested)
        {
            await Task.WhenAny(work, Task.Delay(renewInterval, time, either.Token));
            long startedAt = time.GetTimestamp();
            if (work.IsCompleted)
            {
                return null;
            }

            if (await TryAcquireAsync(either.Token))
            {
                return startedAt;
            }

            if (Leader != identity)
            {
                return null;
            }
        }

        return null;
    }

    // Also renews: both write our name and the time, on top of the version that was read.
    private async Task<bool> TryAcquireAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The last moment of a turn: a hanging server must not keep it (ClusterObjects has its own limit, in real time).
            return await TryWriteAsync(cancellationToken).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> TryWriteAsync(CancellationToken cancellationToken)
    {
        ClusterResponse<V1Lease> read = await objects.ReadLeaseAsync(name, cancellationToken);
        if (read.Value is not { } lease)
        {
            LogFault(read.Fault!.IsNotFound ? Missing() : read.Fault.Message);
            return false;
        }

        if (!IsFree(lease))
        {
            Leader = lease.Spec.HolderIdentity;
            LogFault(null);
            return false;
        }

        DateTime now = time.GetUtcNow().UtcDateTime;
        if (lease.Spec.HolderIdentity != identity)
        {
            lease.Spec.AcquireTime = now;
            lease.Spec.LeaseTransitions = lease.Spec.LeaseTransitions is { } transitions and < int.MaxValue ? transitions + 1 : 1;
        }

        lease.Spec.HolderIdentity = identity;
        lease.Spec.LeaseDurationSeconds = (int)Duration.TotalSeconds;
        lease.Spec.RenewTime = now;
        ClusterResponse<V1Lease> written = await objects.WriteLeaseAsync(lease, cancellationToken);
        LogFault(written.Fault is { IsConflict: false } rejected ? rejected.Message : null);
        if (written.Fault is null)
        {
            Leader = identity;
        }

        return written.Fault is null;
    }

    private bool IsFree(V1Lease lease)
    {
        if (lease.Metadata.ResourceVersion != observed.Version)
        {
            observed = (lease.Metadata.ResourceVersion, time.GetTimestamp());
        }

        lease.Spec ??= new V1LeaseSpec();
        TimeSpan duration = TimeSpan.FromSeconds(Math.Min(lease.Spec.LeaseDurationSeconds ?? Duration.TotalSeconds, longestDuration.TotalSeconds));
        return string.IsNullOrEmpty(lease.Spec.HolderIdentity) || lease.Spec.HolderIdentity == identity || time.GetElapsedTime(observed.SeenAt) >= duration;
    }

    // An orderly end hands over at once instead of after the lease's duration.
    private async Task ReleaseAsync()
    {
        ClusterResponse<V1Lease> read = await objects.ReadLeaseAsync(name, CancellationToken.None);
        if (read.Value is { Spec: { } spec } lease && spec.HolderIdentity == identity)
        {
            spec.HolderIdentity = "";
            spec.LeaseDurationSeconds = 1;
            await objects.WriteLeaseAsync(lease, CancellationToken.None);
        }

        if (Leader == identity)
        {
            Leader = null;
        }
    }

    private string Missing() =>
        $"Lease {objects.Namespace}/{name} does not exist. Create it: helm upgrade, or kubectl create -f - <<< '{{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{{\"name\":\"{name}\",\"namespace\":\"{objects.Namespace}\"}}}}'";

    private void LogFault(string? fault) => lastFault.Set(
        fault,
        begun => logger.LogWarning("No replica can be chosen to order certificates: {Fault}. Certificates in force keep serving", begun),
        () => logger.LogInformation("A replica can be chosen to order certificates again"));
}
