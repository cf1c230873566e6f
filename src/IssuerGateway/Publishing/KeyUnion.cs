using System.Collections.Immutable;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>
/// The keys to publish while API servers differ during a rolling rotation: a new key at once, an old one until every
/// reachable server has omitted it in <see cref="OmissionsToDrop"/> refreshes in a row. So the set never flaps.
/// </summary>
internal sealed record KeyUnion(ImmutableArray<TrackedKey> Keys)
{
    public const int OmissionsToDrop = 3;

    public static KeyUnion Empty { get; } = new([]);

    /// <param name="answers">The accepted sets of one refresh, one a server, in order of the servers; at least one.</param>
    /// <param name="revoked">kids that count as absent.</param>
    public KeyUnion Merge(IReadOnlyList<KeySet> answers, IReadOnlyCollection<string> revoked)
    {
        List<SigningKey> sent = [.. answers.SelectMany(answer => answer.Keys).Where(key => !revoked.Contains(key.Identity))];
        ILookup<string, SigningKey> byIdentity = sent.ToLookup(key => key.Identity, StringComparer.Ordinal);
        ImmutableArray<TrackedKey>.Builder next = ImmutableArray.CreateBuilder<TrackedKey>();
        foreach (TrackedKey tracked in Keys.Where(tracked => !revoked.Contains(tracked.Key.Identity)))
        {
            SigningKey[] same = [.. byIdentity[tracked.Key.Identity]];
            if (same.Length > 0)
            {
                // The published spelling stays for as long as one server sends it.
                next.Add(new TrackedKey(same.FirstOrDefault(key => key.Member.Span.SequenceEqual(tracked.Key.Member.Span)) ?? same[0], Omissions: 0));
            }
            else if (tracked.Omissions + 1 < OmissionsToDrop)
            {
                next.Add(tracked with { Omissions = tracked.Omissions + 1 });
            }
        }

        HashSet<string> present = [.. next.Select(tracked => tracked.Key.Identity)];
        next.AddRange(sent.Where(key => present.Add(key.Identity)).Select(key => new TrackedKey(key, Omissions: 0)));
        return new KeyUnion(next.ToImmutable());
    }

    /// <summary>
    /// The set to publish: the bytes of a server whose set has exactly these keys, the published ones first; else the
    /// union, each member verbatim.
    /// </summary>
    public KeySet ToKeySet(IReadOnlyList<KeySet> answers, KeySet? published)
    {
        IEnumerable<KeySet> exact = answers.Where(HasExactlyTheseKeys);
        return exact.FirstOrDefault(answer => published is not null && answer.Bytes.Span.SequenceEqual(published.Bytes.Span))
            ?? exact.FirstOrDefault()
            ?? KeySet.Of([.. Keys.Select(tracked => tracked.Key)]);
    }

    private bool HasExactlyTheseKeys(KeySet answer) =>
        answer.Keys.Count == Keys.Length
        && answer.Keys.Select(Spelling).ToHashSet(StringComparer.Ordinal).SetEquals(Keys.Select(tracked => Spelling(tracked.Key)));

    private static string Spelling(SigningKey key) => Convert.ToBase64String(key.Member.Span);
}

/// <summary>A published key and the refreshes in a row in which every reachable server has omitted it.</summary>
internal readonly record struct TrackedKey(SigningKey Key, int Omissions);
