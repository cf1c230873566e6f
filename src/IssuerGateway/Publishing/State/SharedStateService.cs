using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Publishing.State;

/// <summary>
/// Stores what is published in the Secrets: soon after its bytes change, else every ten minutes, beside the refreshes and
/// never in their way.
/// </summary>
internal sealed class SharedStateService(IReadOnlyList<Publisher> publishers, SecretStateStore store, PublishingSettings settings, TimeProvider time, ILogger<SharedStateService> logger)
    : BackgroundService
{
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan retry = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Publisher, Stored> stored = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (Publisher publisher in publishers)
            {
                await GuardedAsync(publisher, stoppingToken);
            }

            await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Writes if it is time to.</summary>
    public async Task WriteDueAsync(Publisher publisher, CancellationToken cancellationToken)
    {
        Stored last = stored.GetValueOrDefault(publisher) ?? new Stored(null, null, time.GetTimestamp(), TimeSpan.Zero);
        if (publisher.Shared() is not { } state || !last.IsDue(state, time))
        {
            return;
        }

        (KeyHistory? history, Finding? fault, Finding? replaced) = await store.WriteAsync(publisher.Issuer, state, publisher.Clock, settings, time.GetUtcNow(), cancellationToken);
        publisher.Offer(history, fault);
        if (replaced is not null)
        {
            logger.LogWarning("{Message}. It was damaged or edited, and has been replaced. hint: {Hint}", replaced.Message, "nothing to do; see who else writes the Secret");
        }

        // Replicas that changed together must not go on together.
        stored[publisher] = fault is null
            ? new Stored(state.Keys, state.Discovery, time.GetTimestamp(), SecretStateStore.Interval * (1 + (0.2 * Random.Shared.NextDouble())))
            : last with { At = time.GetTimestamp(), Pause = retry };
    }

    // A bug here must not end the process, nor the storing.
    private async Task GuardedAsync(Publisher publisher, CancellationToken stoppingToken)
    {
        try
        {
            await WriteDueAsync(publisher, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
        catch (Exception e)
        {
            logger.LogError(e, "Storing the state of issuer {Issuer} in its Secret failed unexpectedly", publisher.Issuer.Identifier.Value);
            stored[publisher] = new Stored(null, null, time.GetTimestamp(), retry);
        }
    }

    /// <summary>What was stored last, when, and how long it is good.</summary>
    private sealed record Stored(KeySet? Keys, DiscoveryDocument? Discovery, long At, TimeSpan Pause)
    {
        public bool IsDue(SharedState state, TimeProvider time) =>
            time.GetElapsedTime(At) >= Pause
            || (Keys is { } keys && Discovery is { } discovery && !(keys.Bytes.Span.SequenceEqual(state.Keys.Bytes.Span) && discovery.Bytes.Span.SequenceEqual(state.Discovery.Bytes.Span)));
    }
}
