using IssuerGateway.Tls.Issuance.Leadership;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>
/// Serves what the store holds before the first port opens, follows it while another replica leads, and orders while
/// this one does. Readiness does not wait for it: a pod that is not ready gets no challenge.
/// </summary>
internal sealed class AcmeService(
    IReadOnlyList<HostRenewal> hosts, IssuanceContext context, ILeadership leadership, AcmeCommands commands, ILogger<AcmeService> logger) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan followInterval = SecretAcmeStore.FollowInterval;

    /// <summary>A store that does not respond keeps the port closed no longer than this.</summary>
    private static readonly TimeSpan startLimit = TimeSpan.FromSeconds(5);

    private readonly SelfHelp selfHelp = new(hosts, context, leadership);

    // What a follower is still reading must not take the place of what the leader, in the same process, has begun to write.
    private readonly SemaphoreSlim loading = new(1);
    private volatile bool isLeading;
    private readonly LoggedFault lastFault = new();
    private string? storeFault;

    private IAcmeStore Store => context.Store;

    private TimeProvider Time => context.Time;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        context.Metrics.Leads(false);
        using CancellationTokenSource limit = new(startLimit, Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await LoadAsync(onlyChanges: false, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            LogFault($"no response within {startLimit.TotalSeconds:0} s");
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose()
    {
        loading.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        GuardAsync(FollowAsync, stoppingToken),
        GuardAsync(token => leadership.LeadAsync(LeadAsync, token), stoppingToken));

    // A bug in one of them must end neither renewal nor the process, which the host would end.
    private async Task GuardAsync(Func<CancellationToken, Task> loop, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await loop(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogError(e, "Certificates by ACME: an unexpected error; the loop starts again");
                await Task.Delay(followInterval, Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
                await Task.Delay(followInterval, Time, cancellationToken);
            }

            await context.State.DropLeftoversAsync(cancellationToken);
            context.Metrics.Leads(true);
            commands.IsLeading = true;
            await Task.WhenAll([KeepStateAsync(cancellationToken), .. hosts.Select(host => host.RunAsync(cancellationToken))]);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The turn is over.
        }
        catch (Exception e)
        {
            logger.LogError(e, "A turn as the replica that orders certificates ended with an unexpected error; the next turn follows");
        }
        finally
        {
            commands.IsLeading = false;
            isLeading = false;
            context.Metrics.Leads(false);
        }
    }

    // What was changed and could not be written, or was removed by somebody, is written again.
    private async Task KeepStateAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(HostRenewal.LookInterval, Time, cancellationToken);
            LogFault(await context.State.RepairAsync(cancellationToken));
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        long certificatesReadAt = Time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(followInterval, Time, stoppingToken);
            bool isDue = Time.GetElapsedTime(certificatesReadAt) >= HostRenewal.LookInterval;
            if (await LoadAloneAsync(asLeader: false, onlyChanges: !isDue, stoppingToken) && isDue)
            {
                certificatesReadAt = Time.GetTimestamp();
            }

            if (!isLeading)
            {
                await HelpOurselvesAsync(stoppingToken);
            }
        }
    }

    /// <summary>For a replica that does not lead.</summary>
    internal Task HelpOurselvesAsync(CancellationToken cancellationToken) => selfHelp.StepAsync(storeFault, cancellationToken);

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

    /// <returns>False when the state could not be read; what is in force then stays, and certificates are served all the same.</returns>
    internal async Task<bool> LoadAsync(bool onlyChanges, CancellationToken cancellationToken)
    {
        StoredState stored = await Store.LoadAsync(cancellationToken);
        LogFault(stored.Fault ?? (stored.Damaged is { } aside ? $"the state is damaged; it is kept as {aside} when the next one is written" : null));
        bool isChanged = stored.State is { } state && !AcmeStateText.AreEqual(state, context.State.Current);
        if (isChanged)
        {
            context.State.Adopt(stored.State!);
        }

        if (isChanged || !onlyChanges)
        {
            storeFault = stored.Fault;
            foreach (HostRenewal host in hosts)
            {
                await TakeStoredAsync(host, cancellationToken);
            }
        }

        return stored.Fault is null;
    }

    private async Task TakeStoredAsync(HostRenewal host, CancellationToken cancellationToken)
    {
        // First what this replica ordered itself and could not store while it led.
        await host.StoreOwnAsync(cancellationToken);
        CertificateCandidate? candidate = await Store.ReadCertificateAsync(host.Host, cancellationToken);
        storeFault ??= candidate?.Fault;
        if (candidate is not null && !host.IsUnstored)
        {
            context.Updater.TryUpdate(host.Host, candidate, fromCa: true);
        }
    }

    private void LogFault(string? fault) => lastFault.Set(
        fault,
        begun => logger.LogWarning("{Store}: {Fault}. Certificates in force keep serving", Store.Description, begun),
        () => logger.LogInformation("{Store} can be read and written again", Store.Description));
}
