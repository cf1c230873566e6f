using IssuerGateway.Issuers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Publishing;

/// <summary>
/// Refreshes every issuer on its schedule, each on its own. What the API servers see is this schedule, whatever the
/// internet does.
/// </summary>
internal sealed class RefreshService(IReadOnlyList<Publisher> publishers, PublishingSettings settings, TimeProvider time, ILogger<RefreshService> logger)
    : BackgroundService, IHostedLifecycleService
{
    /// <summary>After this time readiness no longer waits for a first successful refresh (docs/reference/metrics.md).</summary>
    public static readonly TimeSpan ReadyWithout = TimeSpan.FromSeconds(30);

    /// <summary>How late a resumed machine notices that it was suspended.</summary>
    private static readonly TimeSpan look = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<Publisher, long> endedAt = [];
    private readonly TaskCompletionSource allFetched = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RefreshHistory history = new();
    private CancellationTokenSource wake = new();
    private CancellationTokenSource resume = new();
    private long startedAt;

    /// <summary>Whether last-known-good documents have been read, or were waited for long enough; the ports open after that.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Whether a pod may take traffic: never later than <see cref="ReadyWithout"/> after its start.</summary>
    public bool IsReady => IsLoaded && (publishers.All(publisher => publisher.State.HasRefreshed) || time.GetElapsedTime(startedAt) >= ReadyWithout);

    // ExecuteAsync runs beside the start of the web server, so the store is read in the phase before it.
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        startedAt = time.GetTimestamp();
        try
        {
            await Task.WhenAll(publishers.Select(publisher => publisher.LoadLastKnownGoodAsync()));
        }
        finally
        {
            // Also after an exception that nobody foresaw: what the API servers publish needs no stored state.
            IsLoaded = true;
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends when a refresh of each issuer has ended, well or not.</summary>
    public Task AllFetched => allFetched.Task;

    /// <summary>For how long no refresh of this issuer has ended; refreshes that fail end too.</summary>
    public TimeSpan SinceRefresh(Publisher publisher) => time.GetElapsedTime(endedAt.TryGetValue(publisher, out long at) ? at : startedAt);

    /// <summary>The last refreshes of this issuer, oldest first.</summary>
    public IReadOnlyList<RefreshOutcome> LastRefreshes(Publisher publisher) => history.Of(publisher);

    /// <summary>Ends every wait, so that each issuer is fetched now.</summary>
    public void RefreshNow()
    {
        CancellationTokenSource ended;
        lock (gate)
        {
            ended = wake;
            wake = new CancellationTokenSource();
        }

        ended.Cancel();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([LookAsync(stoppingToken), .. publishers.Select((publisher, place) => KeepFreshAsync(publisher, place, stoppingToken))]);

    private async Task KeepFreshAsync(Publisher publisher, int place, CancellationToken stoppingToken)
    {
        bool isTogether = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            CancellationToken woken = CurrentWake();
            long from = time.GetTimestamp();
            int failures = await RefreshAsync(publisher, stoppingToken);
            endedAt[publisher] = time.GetTimestamp();
            if (isTogether && endedAt.Count == publishers.Count)
            {
                allFetched.TrySetResult();
            }

            PublisherState state = publisher.State;
            history.Add(publisher, new RefreshOutcome(time.GetUtcNow(), time.GetElapsedTime(from), failures > 0 ? 0 : state.Servers.Count(server => server.IsAccepted), state.Servers.Length));
            double random = Random.Shared.NextDouble();
            TimeSpan delay = isTogether
                ? RefreshSchedule.Spread(settings, failures, place, publishers.Count, random)
                : RefreshSchedule.Next(settings, failures, random);
            publisher.ScheduleRefresh(delay);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(woken, stoppingToken);
            long waitsFrom = time.GetTimestamp();
            await WaitAsync(delay, either.Token);
            isTogether = woken.IsCancellationRequested || time.GetElapsedTime(waitsFrom) > delay + look;
        }
    }

    private async Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        long from = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested && delay - time.GetElapsedTime(from) is var rest && rest > TimeSpan.Zero)
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(Volatile.Read(ref resume).Token, cancellationToken);
            await Task.Delay(rest, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Timers stand still while the machine is suspended, and the clock that counts does not. One look for all issuers.
    private async Task LookAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            long from = time.GetTimestamp();
            await Task.Delay(look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (Publisher publisher in publishers)
            {
                publisher.WithdrawIfStale();
            }

            if (time.GetElapsedTime(from) > 2 * look)
            {
                // Whoever waits computes again how long.
                await Interlocked.Exchange(ref resume, new CancellationTokenSource()).CancelAsync();
            }
        }
    }

    private CancellationToken CurrentWake()
    {
        lock (gate)
        {
            return wake.Token;
        }
    }

    // A bug in one refresh must not end the loop, and the default of the host would end the process.
    private async Task<int> RefreshAsync(Publisher publisher, CancellationToken stoppingToken)
    {
        try
        {
            await publisher.RefreshAsync(stoppingToken);
            return publisher.State.Failures;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e)
        {
            logger.LogError(e, "Refresh of issuer {Issuer} failed with an unexpected exception", publisher.Issuer.Identifier.Value);
            return publisher.State.Failures + 1;
        }
    }
}
