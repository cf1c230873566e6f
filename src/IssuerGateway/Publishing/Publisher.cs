using IssuerGateway.Checking;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Publishing;

/// <summary>
/// Keeps one issuer published. A refresh (1) asks every server, (2) judges each answer, (3) merges the accepted ones,
/// (4) swaps both documents as one, (5) verifies the own token against them, (6) persists, (7) reports what changed.
/// A bad answer never replaces a good one.
/// </summary>
internal sealed class Publisher(
    Issuer issuer,
    IDocumentSource source,
    DocumentStore published,
    LastKnownGoodStore store,
    KeyHistoryStore ledgers,
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

    private readonly PublisherReport report = new(issuer, logger);
    private readonly StateReader reader = new(store, ledgers, issuer.Identifier, time);
    private readonly StateWriter writer = new(store, ledgers, issuer.Identifier, time);
    private volatile PublisherState state = PublisherState.Initial;

    public Issuer Issuer => issuer;

    public IDocumentSource Source => source;

    public PublisherState State => state;

    public bool HasCanary => canary is not null;

    /// <summary>Whether the own token is signed by a key that is not published.</summary>
    public bool CanarySignsUnpublished => canary?.SignsUnpublished(state.Keys) ?? false;

    /// <summary>Publishes what an earlier process left, judged again by today's rules; awaited before a port opens.</summary>
    public async Task LoadLastKnownGoodAsync() => Adopt(await reader.ReadAsync());

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        ApplyPendingRestore();

        IReadOnlyList<UpstreamResponse> answers = await source.FetchAsync(cancellationToken);
        List<EvaluatedResponse> judged = [.. answers.Select(answer => answer.Evaluate(issuer))];
        List<EvaluatedResponse> accepted = [.. judged.Where(answer => answer.IsAccepted)];
        PublisherState next = accepted.Count > 0 ? Confirmed(accepted) : state with { Failures = state.Failures + 1 };
        next = next with
        {
            Servers = [.. judged.Select(ServerStateOf)],
            Findings = [.. judged.SelectMany(answer => answer.Findings).Concat(Divergence.Of(accepted)).Concat(KeysLeft(next)).Concat(reader.PendingRestore is { } pending ? [pending] : []).Distinct()],
        };
        Swap(next);
        if (canary is not null && next.Keys is { } keys)
        {
            next = next with { Findings = [.. next.Findings, .. await canary.EvaluateAsync(keys)] };
        }

        Become(await WrittenAsync(Observed(next)));
    }

    // A disk that answered too late for the start. Once an API server has, the documents there are older than what is
    // known; the history of the keys goes on from where it stood all the same.
    private void ApplyPendingRestore()
    {
        if (reader.TryTakeRestored() is not { } late)
        {
            return;
        }

        if (state.HasRefreshed)
        {
            state = state with { Ledger = state.Ledger!.After(late.Ledger) };
        }
        else
        {
            Adopt(late);
        }
    }

    private void Adopt(RestoredState restored)
    {
        PublisherState loaded = state with { Ledger = restored.Ledger, IsLedgerKept = reader.PendingRestore is null, Findings = restored.Faults };
        if (restored.Documents is not { } stored)
        {
            Become(loaded);
            return;
        }

        EvaluatedResponse judged = EvaluatedResponse.Of(issuer, "state", stored.Discovery, stored.KeySet, stored.MaxAge);
        if (!judged.IsAccepted)
        {
            Become(loaded with { Findings = [.. loaded.Findings, .. judged.Findings] });
            return;
        }

        Confirmation confirmed = Confirmation.Earlier(time, stored.ConfirmedAt);
        loaded = Merged([judged]) with { Ledger = loaded.Ledger, Findings = loaded.Findings, Confirmed = confirmed, Persisted = confirmed };
        Swap(loaded);
        Become(loaded);
    }

    private PublisherState Confirmed(IReadOnlyList<EvaluatedResponse> accepted) => Merged(accepted) with
    {
        Confirmed = Confirmation.Now(time),
        Failures = 0,
        HasRefreshed = true,
    };

    private PublisherState Merged(IReadOnlyList<EvaluatedResponse> accepted)
    {
        List<KeySet> keySets = [.. accepted.Select(answer => answer.Keys!)];
        KeyUnion union = state.Union.Merge(keySets, issuer.RevokedKeys);
        return state with
        {
            Union = union,
            Keys = union.ToKeySet(keySets, state.Keys),
            Discovery = DiscoveryChoice.Next(state.Discovery, [.. accepted.Select(answer => answer.Discovery!)], document => document.Rewritten(issuer.Identifier)),
            UpstreamMaxAge = accepted.Min(answer => answer.MaxAge),
        };
    }

    // Made anew at every refresh, failed ones too: what is promised to caches shrinks with what is left.
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
        published.Publish(issuer.Identifier, IssuerDocuments.Create(issuer, discovery.Document, keys, cacheControl), left);
    }

    private PublisherState Observed(PublisherState next)
    {
        KeyHistory before = state.Ledger ?? KeyHistory.StartedAt(time.GetUtcNow());
        return next with
        {
            Ledger = next is { Failures: 0, Keys: { } keys } ? before.Observe([.. keys.Keys.Select(key => key.Identity)], time.GetUtcNow()) : before,
        };
    }

    // Documents are written when they change, and their confirmation every few minutes; the history of the keys when it
    // changes and, for when they were last seen, with each confirmation.
    private async Task<PublisherState> WrittenAsync(PublisherState next)
    {
        LastKnownGood? documents = DocumentsToKeep(next);
        bool isLedgerDue = documents is not null || !next.Ledger!.HasSameKeys(state.Ledger ?? next.Ledger) || !state.IsLedgerKept;

        // A history that has not been read yet is not written over.
        KeyHistory? ledger = isLedgerDue && reader.PendingRestore is null ? next.Ledger : null;
        if (!store.IsKept || (documents is null && ledger is null))
        {
            return next;
        }

        WriteResult written = await writer.WriteAsync(documents, ledger);
        return next with
        {
            Persisted = documents is null ? next.Persisted : written.Documents ? next.Confirmed : null,
            IsLedgerKept = ledger is not null && written.Ledger,
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
            && state.Discovery is { } discoveryBefore && discoveryBefore.Document.Bytes.Span.SequenceEqual(discovery.Document.Bytes.Span);
        return isSame && next.Persisted is { } persisted && time.GetElapsedTime(persisted.Timestamp) < persistInterval
            ? null
            : LastKnownGood.Of(issuer.Identifier, discovery.Document, keys, next.UpstreamMaxAge, confirmed.At);
    }

    private IEnumerable<Finding> KeysLeft(PublisherState next)
    {
        if (next is { Keys.Keys.Count: 0 })
        {
            yield return Finding.Error("keys-all-revoked", $"issuer \"{issuer.Identifier}\": every key of the API servers is in RevokedKeys",
                "give the API servers a new signing key, or remove a kid from RevokedKeys");
        }
    }

    private ServerState ServerStateOf(EvaluatedResponse answer) => new(
        answer.Server,
        answer.IsAccepted,
        answer.IsAccepted ? time.GetUtcNow() : state.Servers.FirstOrDefault(server => server.Server == answer.Server)?.LastSuccess,
        [.. answer.Findings]);

    private void Become(PublisherState next)
    {
        PublisherState previous = state;
        state = next;
        report.Changed(previous, next, next.IsExpired(time, settings.MaxStale));
        metrics.Refreshed(issuer, previous, next);
    }
}
