using IssuerGateway.Checking;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Publishing.State;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Publishing;

/// <summary>
/// Keeps one issuer published. A refresh (1) queries every server, (2) evaluates each response, (3) merges the accepted ones,
/// (4) swaps both documents as one, (5) verifies the gateway's own token against them, (6) persists, (7) reports what changed.
/// A bad response never replaces a good one.
/// </summary>
internal sealed class Publisher(
    Issuer issuer,
    IDocumentSource source,
    DocumentStore published,
    StateStores stores,
    SecretStateStore? secrets,
    OwnTokenCanary? canary,
    PublishingSettings settings,
    PublishingMetrics metrics,
    TimeProvider time,
    ILogger<Publisher> logger)
{
    /// <summary>How far the confirmation time on disk may lag; documents that change are written at once.</summary>
    private static readonly TimeSpan persistInterval = TimeSpan.FromMinutes(5);

    /// <summary>The longest a refresh takes, for what is promised to caches until the next one has ended.</summary>
    private static readonly TimeSpan refreshBound = TimeSpan.FromSeconds(10) + StateWriter.Timeout;

    private readonly PublisherReport report = new(issuer, time, logger);
    private readonly StateReader reader = new(stores, issuer.Identifier, time);
    private readonly StateWriter writer = new(stores, issuer.Identifier, time);
    private readonly SteadyClock clock = new(time);
    private volatile PublisherState state = PublisherState.Initial;
    private volatile KeyHistory? sharedHistory;
    private volatile Finding? sharedFault;

    // What is stored may lag behind by the interval of writes and a slow refresh.
    private PublicationRestore Restore => new(issuer, settings, clock, time,
        writeInterval: (secrets is null ? persistInterval : SecretStateStore.Interval * 1.2) + RefreshSchedule.Longest(settings, failures: 0) + refreshBound);

    public Issuer Issuer => issuer;

    public IDocumentSource Source => source;

    public PublisherState State => state;

    public bool HasCanary => canary is not null;

    /// <summary>Whether the gateway's own token is signed by a key that is not published.</summary>
    public bool CanarySignsUnpublished => canary?.SignsUnpublished(state.Keys) ?? false;

    public SteadyClock Clock => clock;

    /// <summary>What this process shares with other replicas; absent until an API server has confirmed it, and while none does.</summary>
    public SharedState? Shared() => state is { HasRefreshed: true, Failures: 0, Discovery: { } discovery, Keys: { Keys.Count: > 0 } keys, Confirmed: { } confirmed, History: { } history } now
        ? new SharedState(discovery, keys, now.UpstreamMaxAge, confirmed.At, history, now.Union)
        : null;

    /// <summary>What the store that replicas share holds of the keys' ages, and its fault; taken in by the next refresh.</summary>
    public void Offer(KeyHistory? history, Finding? fault)
    {
        sharedHistory = history ?? sharedHistory;
        sharedFault = fault;
    }

    /// <summary>When a moment of the keys' servers was, on the wall clock.</summary>
    public DateTimeOffset ToWall(DateTimeOffset moment) => clock.ToWall(moment);

    /// <summary>Publishes what an earlier process left, evaluated again by today's rules; awaited before a port opens.</summary>
    public async Task LoadLastKnownGoodAsync()
    {
        Task<RestoredState> ofDirectory = reader.ReadAsync();
        RestoredState? ofSecret = secrets is null ? null : await secrets.ReadAsync(issuer.Identifier, time.GetUtcNow(), CancellationToken.None);
        sharedFault = ofSecret?.Faults.FirstOrDefault();
        Become(Restored(ofSecret is null ? [await ofDirectory] : [await ofDirectory, ofSecret]));
    }

    /// <summary>For clients that come while nothing is published.</summary>
    public void ScheduleRefresh(TimeSpan delay) => published.ScheduleRefresh(issuer.Identifier, delay);

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        ApplyPendingRestore();

        IReadOnlyList<UpstreamResponse> responses = await source.FetchAsync(cancellationToken);
        PublisherState next = RefreshMerge.Apply(state, issuer, [.. responses.Select(response => response.Evaluate(issuer))], settings, clock.Now, time.GetUtcNow());
        next = next with
        {
            Confirmed = next.Failures == 0 ? Confirmation.Now(time) : next.Confirmed,
            Findings = [.. next.Findings.Concat(KeysLeft(next)).Concat(new[] { reader.PendingRestore, sharedFault }.OfType<Finding>()).Distinct()],
        };
        Swap(next);
        if (canary is not null && next.Keys is { } keys)
        {
            next = next with { Findings = [.. next.Findings, .. canary.Evaluate(keys, next.UnauthorizedSince)] };
        }

        Become(await WrittenAsync(Observed(next)));
    }

    // A disk that responded too late for the start. Once an API server has responded, its documents are newer; the keys of
    // servers that have not, and the history, go on from where they stood all the same.
    private void ApplyPendingRestore()
    {
        if (sharedHistory is { } shared && state.History is { } own)
        {
            sharedHistory = null;
            state = state with { History = own.WithAgesOf(shared) };
        }

        if (reader.TryTakeRestored() is not { } late)
        {
            return;
        }

        if (!state.HasRefreshed)
        {
            Become(Restored([late]));
            return;
        }

        KeyUnion union = late.Documents is { } stored
            ? state.Union.WithRestored(Restore.PublicationOf(stored, late.Provenance).Union, issuer.RevokedKeys)
            : state.Union;
        state = state with { History = state.History!.After(late.History), Union = union };
    }

    private PublisherState Restored(IReadOnlyList<RestoredState> restored)
    {
        PublisherState loaded = Restore.Apply(state, restored, isComplete: reader.PendingRestore is null);
        if (loaded.Confirmed is not null)
        {
            Swap(loaded);
        }

        return loaded;
    }

    /// <summary>Ends what has grown too old while no timer ran.</summary>
    public void WithdrawIfStale()
    {
        if (state.IsExpired(time, settings.MaxStale))
        {
            published.Withdraw(issuer.Identifier);
            metrics.Withdrawn(issuer);
        }
    }

    // Made again at every refresh, failed ones too: what is promised to caches shrinks with what is left.
    private void Swap(PublisherState next)
    {
        if (next is not { Confirmed: { } confirmed, Discovery: { } discovery, Keys: { Keys.Count: > 0 } keys })
        {
            published.Withdraw(issuer.Identifier);
            return;
        }

        TimeSpan left = settings.MaxStale - confirmed.Age(time);
        TimeSpan untilRemade = RefreshSchedule.Longest(settings, next.Failures) + refreshBound;
        string cacheControl = CachePromise.Header(left - untilRemade, next.UpstreamMaxAge, settings.ClientMaxAge);
        published.Publish(issuer.Identifier, IssuerDocuments.Create(issuer, discovery, keys, cacheControl), left);
    }

    private PublisherState Observed(PublisherState next)
    {
        KeyHistory before = state.History ?? KeyHistory.StartedAt(time.GetUtcNow());
        return next with
        {
            History = next is { Failures: 0, Keys: { } keys } ? before.Observe([.. keys.Keys.Select(key => key.Identity)], time.GetUtcNow()) : before,
        };
    }

    // Documents are written when they or the servers behind their keys change, and their confirmation every few minutes;
    // the history of the keys when it changes and, for when they were last seen, with each confirmation.
    private async Task<PublisherState> WrittenAsync(PublisherState next)
    {
        LastKnownGood? documents = DocumentsToKeep(next);
        bool isHistoryDue = documents is not null || !next.History!.HasSameKeys(state.History ?? next.History) || !state.IsHistoryKept;

        // A history that has not been read yet is not written over.
        KeyHistory? history = isHistoryDue && reader.PendingRestore is null ? next.History : null;
        if (!stores.IsKept || (documents is null && history is null))
        {
            return next;
        }

        KeyProvenance? provenance = documents is null ? null : KeyProvenance.Of(issuer.Identifier, next.Union, clock);
        WriteResult written = await writer.WriteAsync(new StateToWrite(documents, history, provenance, time.GetUtcNow()));
        return next with
        {
            Persisted = documents is null ? next.Persisted : written.Documents ? next.Confirmed : null,
            IsHistoryKept = history is not null && written.History,
            Findings = [.. next.Findings, .. written.Faults],
        };
    }

    private LastKnownGood? DocumentsToKeep(PublisherState next)
    {
        if (next is not { Failures: 0, Confirmed: { } confirmed, Discovery: { } discovery, Keys: { Keys.Count: > 0 } keys })
        {
            return null;
        }

        bool isSame = state.Keys is { } keysBefore && keysBefore.Bytes.Span.SequenceEqual(keys.Bytes.Span)
            && state.Discovery is { } discoveryBefore && discoveryBefore.Bytes.Span.SequenceEqual(discovery.Bytes.Span)
            && state.Union.HasSameSources(next.Union);
        return isSame && next.Persisted is { } persisted && time.GetElapsedTime(persisted.Timestamp) < persistInterval
            ? null
            : LastKnownGood.Of(issuer.Identifier, discovery, keys, next.UpstreamMaxAge, confirmed.At);
    }

    private IEnumerable<Finding> KeysLeft(PublisherState next)
    {
        if (next is { Keys.Keys.Count: 0 })
        {
            yield return Finding.Error("keys-all-revoked", $"issuer \"{issuer.Identifier}\": every key of the API servers is in RevokedKeys",
                "give the API servers a new signing key, or remove a kid from RevokedKeys");
        }
    }

    private void Become(PublisherState next)
    {
        PublisherState previous = state;
        state = next;
        report.Changed(previous, next, next.IsExpired(time, settings.MaxStale));
        metrics.Refreshed(issuer, previous, next, clock, isPublished: published.Find(issuer.Identifier) is not null);
    }
}
