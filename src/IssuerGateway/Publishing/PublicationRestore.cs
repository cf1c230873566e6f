using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.State;

namespace IssuerGateway.Publishing;

/// <summary>
/// What an earlier process left, from the directory of this pod and from what replicas share, evaluated again: the pair that
/// was confirmed last, with every key that is still kept.
/// </summary>
/// <param name="writeInterval">How far what is stored may lag behind.</param>
internal sealed class PublicationRestore(Issuer issuer, PublishingSettings settings, SteadyClock clock, TimeProvider time, TimeSpan writeInterval)
{
    public RestoredPublication PublicationOf(LastKnownGood stored, KeyProvenance? provenance) => RestoredPublication.Of(issuer, stored, provenance, clock, writeInterval);

    /// <param name="isComplete">Whether every store has been read.</param>
    public PublisherState Apply(PublisherState state, IReadOnlyList<RestoredState> restored, bool isComplete)
    {
        PublisherState loaded = state with
        {
            History = restored.Select(each => each.History).Aggregate((a, b) => a.Merge(b)),
            IsHistoryKept = isComplete,
            Findings = [.. restored.SelectMany(each => each.Faults)],
        };
        RestoredPublication[] publications =
        [
            .. restored.Where(each => each.Documents is not null)
                .Select(each => PublicationOf(each.Documents!, each.Provenance))
                .OrderByDescending(each => each.ConfirmedAt),
        ];
        if (publications.FirstOrDefault(publication => publication.Response.IsAccepted) is not { Response: { Discovery: { } discovery, Keys: { } keys } } newest)
        {
            return loaded with { Findings = [.. loaded.Findings, .. publications.SelectMany(publication => publication.Response.Findings).Distinct()] };
        }

        KeyUnion union = UnionOf(publications, newest, loaded.History);
        Confirmation confirmed = new(time.GetTimestamp(), clock.Now - newest.ConfirmedAt, clock.ToWall(newest.ConfirmedAt));
        KeySet set = union.ToKeySet([keys], published: null, isWhole: true);
        return loaded with
        {
            Union = union,
            Keys = set,
            Votes = DiscoveryComposition.Restored(discovery, newest.ConfirmedAt),
            Discovery = DiscoveryComposition.Compose([discovery], published: null, set.Keys),
            UpstreamMaxAge = MaxAgeFloor.Of([newest.Response.MaxAge]),
            Confirmed = confirmed,
            Persisted = confirmed,
        };
    }

    private KeyUnion UnionOf(RestoredPublication[] publications, RestoredPublication newest, KeyHistory history)
    {
        KeyUnion all = publications.Where(publication => publication != newest).Aggregate(
            SharedState.NotRemoved(newest.Union, history, clock),
            (union, other) => union.WithRestored(SharedState.StillKept(other.Union, history, clock, settings.KeyRetention), issuer.RevokedKeys));
        return KeyAdmission.Fit(all, listed: [], KeyUnion.Empty).Admitted;
    }
}
