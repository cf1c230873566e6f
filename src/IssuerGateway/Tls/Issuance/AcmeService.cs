using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>
/// Serves what the store holds before the first port opens, follows it while another replica leads, and orders while
/// this one does. Readiness does not wait for it: a pod that is not ready gets no challenge.
/// </summary>
internal sealed class AcmeService(
    IReadOnlyList<HostRenewal> hosts, IAcmeStore store, ILeadership leadership, AcmeStateCache ledger, CertificateUpdater intake, AcmeMetrics metrics, TimeProvider time,
    ILogger<AcmeService> logger) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan followInterval = SecretAcmeStore.FollowInterval;

    /// <summary>How often certificates are read although the state has not changed.</summary>
    private static readonly TimeSpan certificateInterval = TimeSpan.FromSeconds(30);

    /// <summary>A store that does not answer keeps the port closed no longer than this.</summary>
    private static readonly TimeSpan startLimit = TimeSpan.FromSeconds(5);

    // What a follower is still reading must not take the place of what the leader, in the same process, has begun to write.
    private readonly SemaphoreSlim loading = new(1);
    private volatile bool isLeading;
    private string? said;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        metrics.Leads(false);
        using CancellationTokenSource limit = new(startLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await LoadAsync(onlyChanges: false, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Say("no answer in time");
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>For the operations listener: an order at once. The only way to force one.</summary>
    public async Task<RenewalAnswer> RenewNowAsync(string host, CancellationToken cancellationToken)
    {
        HostRenewal? renewal = hosts.FirstOrDefault(each => each.Host == host);
        if (renewal is null)
        {
            return new RenewalAnswer(false, $"{host}: no certificate is ordered for this host", $"the hosts are {string.Join(", ", hosts.Select(each => each.Host))}");
        }

        if (!isLeading)
        {
            return new RenewalAnswer(false, $"{host}: another replica orders certificates", leadership.Leader is { } leader
                ? $"run it there: kubectl exec {LeaseLeadership.PodOf(leader)} -- issuer-gateway renew {host}"
                : "try again in a moment: no replica leads yet");
        }

        return await renewal.RenewNowAsync().WaitAsync(cancellationToken);
    }

    public override void Dispose()
    {
        loading.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(KeepGoingAsync(FollowAsync, stoppingToken), KeepGoingAsync(token => leadership.LeadAsync(LeadAsync, token), stoppingToken));

    // A bug in one of them must end neither renewal nor the process, which the host would end.
    private async Task KeepGoingAsync(Func<CancellationToken, Task> loop, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await loop(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogError(e, "Certificates by ACME: an error that is none of the results; going on");
                await Task.Delay(followInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task LeadAsync(CancellationToken cancellationToken)
    {
        isLeading = true;
        try
        {
            // The last leader may have come further than what this replica has read; without its state nothing is ordered.
            while (!await LoadAloneAsync(asLeader: true, onlyChanges: false, cancellationToken))
            {
                await Task.Delay(followInterval, time, cancellationToken);
            }

            metrics.Leads(true);
            await Task.WhenAll(hosts.Select(host => host.RunAsync(cancellationToken)));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The turn is over.
        }
        catch (Exception e)
        {
            logger.LogError(e, "A turn as the replica that orders ended with an error that is none of the results; the next turn follows");
        }
        finally
        {
            isLeading = false;
            metrics.Leads(false);
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        long certificatesReadAt = time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(followInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            try
            {
                bool isDue = time.GetElapsedTime(certificatesReadAt) >= certificateInterval;
                if (await LoadAloneAsync(asLeader: false, onlyChanges: !isDue, stoppingToken) && isDue)
                {
                    certificatesReadAt = time.GetTimestamp();
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<bool> LoadAloneAsync(bool asLeader, bool onlyChanges, CancellationToken cancellationToken)
    {
        await loading.WaitAsync(cancellationToken);
        try
        {
            return asLeader == isLeading && await LoadAsync(onlyChanges, cancellationToken);
        }
        finally
        {
            loading.Release();
        }
    }

    /// <returns>False when the store could not be read; what is in force then stays.</returns>
    private async Task<bool> LoadAsync(bool onlyChanges, CancellationToken cancellationToken)
    {
        StoredState stored = await store.LoadAsync(cancellationToken);
        Say(stored.Fault);
        if (stored.State is not { } state)
        {
            return false;
        }

        if (stored.SetAside is { } aside)
        {
            logger.LogWarning("The ACME state in {Store} could not be read and was put aside as {Aside}: account and orders start anew", store.Description, aside);
        }

        bool isChanged = !AcmeStateText.Write(state).AsSpan().SequenceEqual(AcmeStateText.Write(ledger.State));
        ledger.Adopt(state);
        if (isChanged || !onlyChanges)
        {
            foreach (HostRenewal host in hosts)
            {
                await TakeStoredAsync(host.Host, cancellationToken);
            }
        }

        return true;
    }

    private async Task TakeStoredAsync(string host, CancellationToken cancellationToken)
    {
        if (await store.ReadCertificateAsync(host, cancellationToken) is not { } offer)
        {
            return;
        }

        intake.TryUpdate(host, offer, fromCa: true);
        if (offer.Fault is null && offer.Parse(out _) is null)
        {
            await store.SetAsideCertificateAsync(host, cancellationToken);
        }
    }

    private void Say(string? fault)
    {
        if (fault is not null && fault != said)
        {
            logger.LogWarning("{Store} cannot be read: {Fault}; what is in force keeps serving", store.Description, fault);
        }

        said = fault;
    }
}
