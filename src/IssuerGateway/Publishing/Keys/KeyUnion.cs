using System.Collections.Immutable;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.Keys;

/// <summary>The keys of one server at one refresh.</summary>
internal readonly record struct ServerKeys(string Server, KeySet Keys);

/// <summary>
/// The keys to publish. A new key is added at once; a key leaves when each server that published it has responded without
/// it for long enough, or has not been heard of for longer still (<see cref="KeyRetention"/>). So the set never flaps, and a
/// server that is down takes no key with it.
/// </summary>
internal sealed record KeyUnion(ImmutableArray<TrackedKey> Keys)
{
    public static KeyUnion Empty { get; } = new([]);

    /// <param name="responses">The accepted sets of one refresh, in order of the servers; at least one.</param>
    /// <param name="revoked">kids of keys that are never published (<see cref="Issuer.RevokedKeys"/>).</param>
    public KeyUnion Merge(IReadOnlyList<ServerKeys> responses, KeyRetention retention, IReadOnlyCollection<string> revoked, DateTimeOffset now)
    {
        Dictionary<string, Dictionary<string, SigningKey>> sent = responses.ToDictionary(
            response => response.Server,
            response => response.Keys.Keys.Where(key => key.NameIn(revoked) is null).DistinctBy(key => key.Identity).ToDictionary(key => key.Identity, StringComparer.Ordinal),
            StringComparer.Ordinal);
        IEnumerable<string> added = responses.SelectMany(response => response.Keys.Keys).Select(key => key.Identity).Where(identity => sent.Values.Any(keys => keys.ContainsKey(identity)));
        Dictionary<string, TrackedKey> tracked = Keys.Where(tracked => tracked.Key.NameIn(revoked) is null).ToDictionary(key => key.Identity, StringComparer.Ordinal);
        ImmutableArray<TrackedKey>.Builder next = ImmutableArray.CreateBuilder<TrackedKey>();
        foreach (string identity in Keys.Select(key => key.Identity).Where(tracked.ContainsKey).Concat(added).Distinct(StringComparer.Ordinal))
        {
            TrackedKey? before = tracked.GetValueOrDefault(identity);
            ImmutableSortedDictionary<string, KeySource> sources = SourcesOf(identity, before?.Sources ?? TrackedKey.NoSources, sent, retention, now);
            if (!sources.IsEmpty)
            {
                next.Add(new TrackedKey(KeySpelling.Choose(before?.Key, [.. sent.Values.Select(keys => keys.GetValueOrDefault(identity)).OfType<SigningKey>()], sources), sources));
            }
        }

        return new KeyUnion(next.ToImmutable());
    }

    /// <summary>With the keys of an earlier run that were read after the first refresh; they stay as if they had been read before it.</summary>
    public KeyUnion WithRestored(KeyUnion restored, IReadOnlyCollection<string> revoked)
    {
        Dictionary<string, TrackedKey> earlier = restored.Keys.Where(key => key.Key.NameIn(revoked) is null).ToDictionary(key => key.Identity, StringComparer.Ordinal);
        List<TrackedKey> both = [.. Keys.Select(key => earlier.Remove(key.Identity, out TrackedKey? same) ? key.WithSources(same.Sources) : key)];
        return new KeyUnion([.. both, .. restored.Keys.Where(key => earlier.ContainsKey(key.Identity))]);
    }

    /// <summary>
    /// The set to publish: the bytes of the servers while all of them send exactly these keys in the same bytes; the
    /// published bytes while they hold exactly these keys; else each key verbatim in the form in which API servers write sets.
    /// </summary>
    /// <param name="isWhole">Whether every listed server is among the responses: bytes around the keys are taken from all servers or none.</param>
    public KeySet ToKeySet(IReadOnlyList<KeySet> responses, KeySet? published, bool isWhole)
    {
        KeySet[] exact = [.. responses.Where(HasExactlyTheseKeys)];
        bool isUnanimous = isWhole && exact.Length == responses.Count && exact.All(response => response.Bytes.Span.SequenceEqual(exact[0].Bytes.Span));
        return isUnanimous ? exact[0]
            : published is not null && HasExactlyTheseKeys(published) ? published
            : KeySet.Of([.. Keys.Select(tracked => tracked.Key)]);
    }

    /// <summary>Whether both have the same servers behind the same keys, but for when each last published them.</summary>
    public bool HasSameSources(KeyUnion other) => Keys.Length == other.Keys.Length && Keys.Zip(other.Keys).All(pair =>
        pair.First.Identity == pair.Second.Identity && pair.First.Sources.Count == pair.Second.Sources.Count
        && pair.First.Sources.All(source => pair.Second.Sources.TryGetValue(source.Key, out KeySource? same) && same with { LastPublished = source.Value.LastPublished } == source.Value));

    private static ImmutableSortedDictionary<string, KeySource> SourcesOf(
        string identity, ImmutableSortedDictionary<string, KeySource> known, Dictionary<string, Dictionary<string, SigningKey>> sent, KeyRetention retention, DateTimeOffset now)
    {
        ImmutableSortedDictionary<string, KeySource>.Builder next = TrackedKey.NoSources.ToBuilder();
        foreach ((string server, KeySource source) in known)
        {
            bool hasResponded = sent.TryGetValue(server, out Dictionary<string, SigningKey>? keys);
            KeySource updated = keys?.GetValueOrDefault(identity) is { } key ? source.Published(key, now) : hasResponded ? source.Omitted(now) : source.Unresponsive(now);
            if (!updated.IsReleased(retention, hasResponded, now))
            {
                next[server] = updated;
            }
        }

        foreach ((string server, Dictionary<string, SigningKey> keys) in sent)
        {
            if (!known.ContainsKey(server) && keys.TryGetValue(identity, out SigningKey? key))
            {
                next[server] = KeySource.New(key, now);
            }
        }

        return TrackedKey.Bounded(next.ToImmutable());
    }

    private bool HasExactlyTheseKeys(KeySet response) =>
        response.Keys.Count == Keys.Length
        && response.Keys.Select(key => key.Spelling).ToHashSet(StringComparer.Ordinal).SetEquals(Keys.Select(tracked => tracked.Key.Spelling));
}
