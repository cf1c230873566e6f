using System.Collections.Immutable;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.Keys;

/// <summary>
/// Which key to publish under a kid when servers differ: the one that the kid is the hash of; else the material that most servers publish, in the bytes that most of
/// them send; at a draw those that Kubernetes writes, then the one that is published already, so that one server alone replaces nothing.
/// </summary>
internal static class KeySpelling
{
    /// <param name="published">The key that is published under this kid, if any.</param>
    /// <param name="sent">The keys that servers send under it now, in order of the servers.</param>
    /// <param name="sources">Every server that counts, those that do not respond included.</param>
    public static SigningKey Choose(SigningKey? published, IReadOnlyList<SigningKey> sent, ImmutableSortedDictionary<string, KeySource> sources)
    {
        IReadOnlyList<SigningKey> candidates = published is null ? sent : [published, .. sent];
        if (candidates.All(candidate => candidate.Spelling == candidates[0].Spelling))
        {
            return candidates[0];
        }

        // A kid of Kubernetes' own making settles it: it is the hash of one key.
        bool isContested = candidates.Any(candidate => candidate.Material != candidates[0].Material);

        // OrderBy is stable: what is published comes first, then the order of the servers.
        return candidates
            .OrderByDescending(candidate => isContested && candidate.IsNamedByItself())
            .ThenByDescending(candidate => sources.Values.Count(source => source.Material == candidate.Material))
            .ThenByDescending(candidate => candidate.Material == published?.Material)
            .ThenBy(candidate => sources.Values.Where(source => source.Material == candidate.Material).Select(source => source.Since).DefaultIfEmpty(DateTimeOffset.MaxValue).Min())
            .ThenByDescending(candidate => sources.Values.Count(source => source.Spelling == candidate.Spelling))
            .ThenByDescending(candidate => candidate.IsOfKubernetes())
            .First();
    }
}
