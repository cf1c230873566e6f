using IssuerGateway.Base;

namespace IssuerGateway.Issuers;

/// <summary>Reports which API server lacks or contradicts which key, so that a rotation that hangs is seen.</summary>
public static class Divergence
{
    /// <summary>Keys, and servers, that are named; a longer list describes nothing better.</summary>
    private const int MaxNamed = 5;

    /// <param name="sets">The key set of each server that sent an accepted one.</param>
    public static IEnumerable<Finding> Of(IReadOnlyCollection<(string Server, KeySet Keys)> sets)
    {
        ILookup<string, (string Server, SigningKey Key)> sent = sets.SelectMany(set => set.Keys.Keys.Select(key => (set.Server, Key: key))).ToLookup(each => each.Key.Identity, StringComparer.Ordinal);
        // Of three servers and more, the one that is alone with a key is named, and not all the others that lack it.
        HashSet<string> lone = [.. sent.Where(same => sets.Count > 2 && same.Count() == 1).Select(same => same.Key)];
        foreach ((string server, KeySet keys) in sets)
        {
            HashSet<string> own = [.. keys.Keys.Select(key => key.Identity)];
            string[] alone = [.. own.Where(lone.Contains).Order(StringComparer.Ordinal)];
            if (alone.Length > 0)
            {
                yield return Finding.Warning("servers-differ", $"server {server}: publishes {Named(alone)}, which no other API server publishes",
                    "finish the rotation: the same --service-account-key-file entries on every API server, then restart it; without a rotation find out where the key comes from, the server may be compromised");
            }

            string[] missing = [.. sent.Select(key => key.Key).Where(identity => !own.Contains(identity) && !lone.Contains(identity)).Order(StringComparer.Ordinal)];
            if (missing.Length > 0)
            {
                yield return Finding.Warning("servers-differ", $"server {server}: lacks {Named(missing)}, which another API server publishes",
                    "finish the rotation: the same --service-account-key-file entries on every API server, then restart it");
            }
        }

        IGrouping<string, (string Server, SigningKey Key)>[] contradicted =
            [.. sent.Where(same => same.Select(each => each.Key.Material).Distinct().Count() > 1).OrderBy(same => same.Key, StringComparer.Ordinal)];
        if (contradicted.Length > 0)
        {
            string[] servers = [.. contradicted.SelectMany(Odd).Distinct().Order(StringComparer.Ordinal)];
            yield return Finding.Warning("kid-conflict",
                $"{Named([.. contradicted.Select(same => same.Key)])}: API servers publish different keys under it ({string.Join(", ", servers.Take(MaxNamed))}{(servers.Length > MaxNamed ? " and others" : "")}); the gateway publishes the key of most servers, at a draw the one published first",
                "a kid must name one key; find out whether a server that is named here is wrong, or compromised");
        }
    }

    // The servers whose key is not the one that the kid is the hash of, else not that of most servers; at a draw all of them.
    private static IEnumerable<string> Odd(IEnumerable<(string Server, SigningKey Key)> same)
    {
        IGrouping<string, (string Server, SigningKey Key)>[] materials =
            [.. same.GroupBy(each => each.Key.Material).OrderByDescending(each => each.First().Key.IsNamedByItself()).ThenByDescending(each => each.Count())];
        bool isSettled = materials[0].First().Key.IsNamedByItself() || materials[0].Count() > materials[1].Count();
        return (isSettled ? materials.Skip(1) : materials).SelectMany(each => each.Select(other => other.Server));
    }

    private static string Named(string[] identities) => identities.Length switch
    {
        1 => $"kid {Quoted(identities[0])}",
        <= MaxNamed => $"kids {string.Join(", ", identities.Select(Quoted))}",
        _ => $"more than {MaxNamed} kids, among them {string.Join(", ", identities.Take(MaxNamed).Select(Quoted))}",
    };

    private static string Quoted(string identity) => $"\"{PrintableText.Of(identity)}\"";
}
