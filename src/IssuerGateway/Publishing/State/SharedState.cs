using System.Collections.Immutable;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.State;

/// <summary>What one replica would share of an issuer: its documents, the history of their keys, and the servers behind each.</summary>
internal sealed record SharedState(DiscoveryDocument Discovery, KeySet Keys, TimeSpan? MaxAge, DateTimeOffset ConfirmedAt, KeyHistory History, KeyUnion Union)
{
    /// <summary>
    /// This state with what other replicas have stored: each key first seen when the earliest saw it, last seen when the
    /// latest did. A key that only they know stays for as long as its servers keep it, unless it left here after that.
    /// </summary>
    public SharedState Merge(Issuer issuer, RestoredState stored, SteadyClock clock, TimeSpan keyRetention)
    {
        if (stored.Documents is not { } documents || RestoredPublication.Of(issuer, documents, stored.Provenance, clock, writeInterval: TimeSpan.Zero) is not { Response.IsAccepted: true } publication)
        {
            return this with { History = History.Merge(stored.History) };
        }

        KeyUnion others = StillKept(publication.Union, History, clock, keyRetention);
        KeyUnion union = KeyAdmission.Fit(Union.WithRestored(others, issuer.RevokedKeys), listed: [], Union).Admitted;
        return this with
        {
            Keys = union.ToKeySet([Keys], published: Keys, isWhole: true),
            ConfirmedAt = documents.ConfirmedAt > ConfirmedAt ? documents.ConfirmedAt : ConfirmedAt,
            History = History.Merge(stored.History),
            Union = union,
        };
    }

    /// <summary>The keys of another store whose servers may still publish them, and that have not left since they last did.</summary>
    public static KeyUnion StillKept(KeyUnion union, KeyHistory history, SteadyClock clock, TimeSpan keyRetention) =>
        NotRemoved(new KeyUnion([.. union.Keys.Where(key => clock.Now - LastPublished(key) < keyRetention)]), history, clock);

    /// <summary>Without the keys that have left after a server last published them: documents without a key are not stored.</summary>
    public static KeyUnion NotRemoved(KeyUnion union, KeyHistory history, SteadyClock clock) => new(
    [
        .. union.Keys.Where(key => history.Entries.GetValueOrDefault(key.Identity)?.Removed is not { } removed || removed < clock.ToWall(LastPublished(key))),
    ]);

    private static DateTimeOffset LastPublished(TrackedKey key) => key.Sources.Values.Max(source => source.LastPublished);

    /// <summary>Whether storing this would change nothing but times that are recent enough.</summary>
    public bool IsStored(RestoredState stored, DateTimeOffset now, TimeSpan recent) =>
        stored.Documents is { } documents && stored.Provenance is not null
        && Keys.Bytes.Span.SequenceEqual(documents.KeySet) && Discovery.Bytes.Span.SequenceEqual(documents.Discovery)
        && now - documents.ConfirmedAt < recent && stored.History.HasSameKeys(History);
}
