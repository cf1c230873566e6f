using System.Collections.Immutable;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.Keys;

/// <summary>
/// Which keys are published. (1) Such as Kubernetes does not write only where most servers send them: one key that a relying
/// party cannot read makes it reject all. When the rest is more than relying parties and our own limits take: (2) keys of
/// most servers; (3) for the others each server has the same share, in which its oldest keys come first: whatever one server
/// sends, it can only push out its own.
/// </summary>
internal static class KeyAdmission
{
    // {"keys":[ and ]}
    private const int Frame = 10;

    /// <param name="listed">Servers that are listed now. Those that left the list count for as long as their keys stay, since a list can be forged.</param>
    /// <param name="published">What is published already: it stays when a server joins the list, or stops sending such a key.</param>
    /// <returns>The keys to publish, in their order, those that are withheld (1), and the servers of those that found no place.</returns>
    public static (KeyUnion Admitted, IReadOnlyList<TrackedKey> Withheld, IReadOnlyList<string> LeftOutServers) Fit(KeyUnion union, IReadOnlyCollection<string> listed, KeyUnion published)
    {
        int servers = Math.Max(1, union.Keys.SelectMany(key => key.Sources.Keys).Union(listed).Count(server => server != TrackedKey.UnknownServer));

        // 1
        bool IsFromMajority(TrackedKey key) => key.Sources.Count * 2 > servers;
        ILookup<bool, TrackedKey> isWithheld = union.Keys.ToLookup(key => !IsFromMajority(key) && !key.Key.IsOfKubernetes() && published.Keys.All(other => other.Key.Spelling != key.Key.Spelling));
        TrackedKey[] withheld = [.. isWithheld[true]];
        union = withheld.Length == 0 ? union : new KeyUnion([.. isWithheld[false]]);

        Budget budget = new();
        if (union.Keys.All(budget.TryTake))
        {
            return (union, withheld, []);
        }

        // 2
        ILookup<bool, TrackedKey> isFromMajority = union.Keys.ToLookup(IsFromMajority);
        HashSet<string> admitted = [];
        budget = new Budget();
        Admit(isFromMajority[true].OrderByDescending(key => key.IsCurrent).ThenByDescending(key => key.Sources.Count).ThenBy(key => key.Since).ThenBy(key => key.Identity, StringComparer.Ordinal));

        // 3
        Dictionary<string, double> rank = RanksOf([.. isFromMajority[false]]);
        Admit(isFromMajority[false].OrderBy(key => rank[key.Identity]).ThenBy(key => key.Since).ThenBy(key => key.Identity, StringComparer.Ordinal));
        ILookup<bool, TrackedKey> isAdmitted = union.Keys.ToLookup(key => admitted.Contains(key.Identity));
        return (
            new KeyUnion([.. isAdmitted[true]]),
            withheld,
            [.. isAdmitted[false].SelectMany(key => key.Sources.Where(source => source.Value.IsCurrent)).Select(source => source.Key).Distinct().Order(StringComparer.Ordinal)]);

        void Admit(IEnumerable<TrackedKey> keys) => admitted.UnionWith(keys.Where(budget.TryTake).Select(key => key.Identity));
    }

    // How much of the whole limit a server's keys take up to and including this one; the least of its servers counts.
    private static Dictionary<string, double> RanksOf(IReadOnlyList<TrackedKey> keys)
    {
        Dictionary<string, double> ranks = new(StringComparer.Ordinal);
        foreach (string server in keys.SelectMany(key => key.Sources.Keys).Distinct())
        {
            Budget share = new();
            foreach (TrackedKey key in keys
                .Where(key => key.Sources.ContainsKey(server))
                .OrderByDescending(key => key.Sources[server].IsCurrent)
                .ThenBy(key => key.Sources[server].Since)
                .ThenBy(key => key.Identity, StringComparer.Ordinal))
            {
                double rank = share.Take(key);
                ranks[key.Identity] = ranks.TryGetValue(key.Identity, out double known) ? Math.Min(known, rank) : rank;
            }
        }

        return ranks;
    }

    private sealed class Budget
    {
        private int keys;
        private int bytes = Frame;

        public bool TryTake(TrackedKey key)
        {
            int size = key.Key.Member.Length + 1;
            if (keys == FidelityRules.MaxKeys || bytes + size > StrictJson.MaxBytes)
            {
                return false;
            }

            keys++;
            bytes += size;
            return true;
        }

        public double Take(TrackedKey key)
        {
            keys++;
            bytes += key.Key.Member.Length + 1;
            return Math.Max((double)keys / FidelityRules.MaxKeys, (double)bytes / StrictJson.MaxBytes);
        }
    }
}
