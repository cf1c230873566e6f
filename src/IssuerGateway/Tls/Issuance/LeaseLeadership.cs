using IssuerGateway.Kubernetes;
using Microsoft.Extensions.Logging;
using k8s.Models;

namespace IssuerGateway.Tls.Issuance;

/// <summary>
/// Leads while it keeps a Lease renewed. A lease of another replica counts as given up when it has not changed for its
/// duration on our own monotonic clock: clocks of machines are never compared.
/// </summary>
internal sealed class LeaseLeadership(ClusterObjects objects, string name, string identity, TimeProvider time, ILogger<LeaseLeadership> logger) : ILeadership
{
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan renewInterval = TimeSpan.FromSeconds(3);

    /// <summary>A leader that could not renew for this long stops, before another one may start.</summary>
    private static readonly TimeSpan renewDeadline = TimeSpan.FromSeconds(10);

    private (string? Version, long SeenAt) observed;
    private string? said;

    /// <summary>The identity of this pod: its name, and something new after each restart.</summary>
    public static string Identity(string pod) => $"{pod}_{Guid.NewGuid():N}";

    /// <summary>The name that <c>kubectl exec</c> takes; names of pods have no underscore.</summary>
    public static string PodOf(string identity) => identity.LastIndexOf('_') is var end and > 0 ? identity[..end] : identity;

    public string? Leader { get; private set; }

    public async Task LeadAsync(Func<CancellationToken, Task> turn, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (await TryAcquireAsync(cancellationToken))
            {
                logger.LogInformation("This replica ({Identity}) orders certificates now", identity);
                await HoldAsync(turn, cancellationToken);
            }

            await Task.Delay(renewInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HoldAsync(Func<CancellationToken, Task> turn, CancellationToken cancellationToken)
    {
        using CancellationTokenSource lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task work = turn(lost.Token);
        long renewedAt = time.GetTimestamp();
        while (!work.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAny(work, Task.Delay(renewInterval, time, lost.Token));
            if (await TryAcquireAsync(lost.Token))
            {
                renewedAt = time.GetTimestamp();
            }
            else if (Leader != identity || time.GetElapsedTime(renewedAt) >= renewDeadline)
            {
                logger.LogWarning("This replica ({Identity}) no longer leads; orders under way are left to the next leader", identity);
                break;
            }
        }

        await lost.CancelAsync();
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ReleaseAsync();
    }

    // Also renews: both write our name and the time, on top of the version that was read.
    private async Task<bool> TryAcquireAsync(CancellationToken cancellationToken)
    {
        try
        {
            ClusterAnswer<V1Lease> read = await objects.ReadLeaseAsync(name, cancellationToken);
            if (read.Fault is { IsNotFound: false } fault)
            {
                Say(fault.Message);
                return false;
            }

            V1Lease lease = read.Value ?? New();
            if (!IsFree(lease))
            {
                Leader = lease.Spec.HolderIdentity;
                return false;
            }

            DateTime now = time.GetUtcNow().UtcDateTime;
            if (lease.Spec.HolderIdentity != identity)
            {
                lease.Spec.AcquireTime = now;
                lease.Spec.LeaseTransitions = (lease.Spec.LeaseTransitions ?? 0) + 1;
            }

            lease.Spec.HolderIdentity = identity;
            lease.Spec.LeaseDurationSeconds = (int)Duration.TotalSeconds;
            lease.Spec.RenewTime = now;
            ClusterAnswer<V1Lease> written = await objects.WriteLeaseAsync(lease, cancellationToken);
            Say(written.Fault is { IsConflict: false } refused ? refused.Message : null);
            if (written.Fault is null)
            {
                Leader = identity;
            }

            return written.Fault is null;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private bool IsFree(V1Lease lease)
    {
        if (lease.Metadata.ResourceVersion != observed.Version)
        {
            observed = (lease.Metadata.ResourceVersion, time.GetTimestamp());
        }

        lease.Spec ??= new V1LeaseSpec();
        TimeSpan duration = TimeSpan.FromSeconds(lease.Spec.LeaseDurationSeconds ?? Duration.TotalSeconds);
        return string.IsNullOrEmpty(lease.Spec.HolderIdentity) || lease.Spec.HolderIdentity == identity || time.GetElapsedTime(observed.SeenAt) >= duration;
    }

    // An orderly end hands over at once instead of after the lease's duration.
    private async Task ReleaseAsync()
    {
        ClusterAnswer<V1Lease> read = await objects.ReadLeaseAsync(name, CancellationToken.None);
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

    private void Say(string? fault)
    {
        if (fault is not null && fault != said)
        {
            logger.LogWarning("Leadership for ordering certificates: {Fault}; certificates in force keep serving", fault);
        }

        said = fault;
    }

    private V1Lease New() => new() { ApiVersion = "coordination.k8s.io/v1", Kind = "Lease", Metadata = new V1ObjectMeta { Name = name }, Spec = new V1LeaseSpec() };
}
