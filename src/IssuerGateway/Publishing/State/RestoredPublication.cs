using System.Collections.Immutable;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.State;

/// <summary>The documents of an earlier run, evaluated by the rules of today, with the servers that published each key.</summary>
internal sealed record RestoredPublication(EvaluatedResponse Response, KeyUnion Union, DateTimeOffset ConfirmedAt)
{
    public static RestoredPublication Of(Issuer issuer, LastKnownGood stored, KeyProvenance? provenance, SteadyClock clock, TimeSpan writeInterval)
    {
        EvaluatedResponse response = EvaluatedResponse.Of(issuer, TrackedKey.UnknownServer, stored.Discovery, stored.KeySet, stored.MaxAge);

        // Neither file knows of the other's time, so a document without provenance is as old as the wall clock says.
        DateTimeOffset confirmedAt = (provenance ?? new KeyProvenance(issuer.Identifier.Value, stored.ConfirmedAt, null, default, [])).ToSteady(stored.ConfirmedAt, clock);
        return new RestoredPublication(response, new KeyUnion([.. (response.Keys?.Keys ?? []).Where(key => key.NameIn(issuer.RevokedKeys) is null).Select(Tracked)]), confirmedAt);

        TrackedKey Tracked(SigningKey key)
        {
            ImmutableSortedDictionary<string, KeySource> sources = provenance?.SourcesOf(key.Identity, clock, writeInterval) ?? TrackedKey.NoSources;
            return new TrackedKey(key, sources.IsEmpty ? sources.Add(TrackedKey.UnknownServer, KeySource.New(key, confirmedAt) with { MissingSince = confirmedAt }) : sources);
        }
    }
}
