using System.Collections.Immutable;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.Keys;

/// <summary>The last accepted discovery document of one server, and when it was received (<see cref="SteadyClock"/>).</summary>
internal sealed record DiscoveryVote(DiscoveryDocument Document, DateTimeOffset At);

/// <summary>
/// The discovery document to publish when servers send different ones. Members that Kubernetes writes have the value of
/// most servers; any other member is published only if all servers send it alike; the algorithms are those that servers
/// name and published keys can sign with. One server alone changes no member.
/// </summary>
internal static class DiscoveryComposition
{
    private static readonly ImmutableSortedDictionary<string, DiscoveryVote> noVotes = ImmutableSortedDictionary.Create<string, DiscoveryVote>(StringComparer.Ordinal);

    /// <summary>
    /// The votes after a refresh. A server that does not respond, or is no longer listed, keeps its vote as long as its keys;
    /// the document of an earlier run votes until every listed server has.
    /// </summary>
    public static ImmutableSortedDictionary<string, DiscoveryVote> Count(
        ImmutableSortedDictionary<string, DiscoveryVote>? before, IEnumerable<(string Server, DiscoveryDocument Document)> accepted, IReadOnlyCollection<string> listed, KeyRetention retention, DateTimeOffset now)
    {
        ImmutableSortedDictionary<string, DiscoveryVote>.Builder votes = (before ?? noVotes).ToBuilder();
        foreach ((string server, DiscoveryDocument document) in accepted)
        {
            votes[server] = new DiscoveryVote(document, now);
        }

        bool isComplete = listed.All(votes.ContainsKey);
        votes.RemoveRange([.. votes
            .Where(vote => now - vote.Value.At >= retention.AfterLastPublished || (isComplete && vote.Key == TrackedKey.UnknownServer))
            .Select(vote => vote.Key)]);
        return votes.ToImmutable();
    }

    /// <summary>The vote of an earlier run, for as long as servers are missing.</summary>
    public static ImmutableSortedDictionary<string, DiscoveryVote> Restored(DiscoveryDocument document, DateTimeOffset confirmedAt) =>
        noVotes.Add(TrackedKey.UnknownServer, new DiscoveryVote(document, confirmedAt));

    /// <param name="votes">At least one.</param>
    public static DiscoveryDocument Compose(IReadOnlyCollection<DiscoveryDocument> votes, DiscoveryDocument? published, IReadOnlyCollection<SigningKey> keys)
    {
        IReadOnlyDictionary<string, string> members = AgreedMembers(votes, published);
        DiscoveryDocument basis = BasisOf(votes, published, members) ?? DiscoveryDocument.Of(votes.First().Issuer!, votes.First().KeySetUri!, members);
        return basis.WithAlgorithms(AlgorithmsOf(votes, keys));
    }

    /// <summary>The members that each server sends otherwise than they are published, in order of their names.</summary>
    public static IEnumerable<(string Server, IReadOnlyList<string> Members)> Differences(
        IEnumerable<(string Server, DiscoveryDocument Document)> accepted, DiscoveryDocument published, IReadOnlyCollection<SigningKey> keys)
    {
        HashSet<string> possible = SigningAlgorithms.Of(keys);
        foreach ((string server, DiscoveryDocument document) in accepted)
        {
            List<string> members =
            [
                .. document.Members.Keys.Union(published.Members.Keys).Where(IsCompared)
                    .Where(name => document.Members.GetValueOrDefault(name) != published.Members.GetValueOrDefault(name)),
                .. document.Algorithms.All(possible.Contains) ? Array.Empty<string>() : [DiscoveryDocument.AlgorithmsMember],
            ];
            if (members.Count > 0)
            {
                yield return (server, [.. members.Order(StringComparer.Ordinal)]);
            }
        }
    }

    // The two URLs are ours whatever they say, and the algorithms follow the keys.
    private static bool IsCompared(string member) => member is not (DiscoveryDocument.IssuerMember or DiscoveryDocument.KeySetUriMember or DiscoveryDocument.AlgorithmsMember);

    private static bool HasExactly(DiscoveryDocument document, IReadOnlyDictionary<string, string> members) =>
        document.Members.Keys.Count(IsCompared) == members.Count && members.All(member => document.Members.GetValueOrDefault(member.Key) == member.Value);

    // Bytes of servers are published only in the form in which most of them write: white space, and whether there is a list of
    // algorithms, are no choice of one server either.
    private static DiscoveryDocument? BasisOf(IReadOnlyCollection<DiscoveryDocument> votes, DiscoveryDocument? published, IReadOnlyDictionary<string, string> members)
    {
        DiscoveryDocument[] exact = [.. votes.Where(document => HasExactly(document, members))];
        IGrouping<string, DiscoveryDocument>? form = exact.GroupBy(document => document.Form, StringComparer.Ordinal).OrderByDescending(same => same.Count()).FirstOrDefault();
        return form is null || form.Count() * 2 <= votes.Count ? null
            : published is not null && HasExactly(published, members) && published.Form == form.Key ? published
            : form.First();
    }

    private static SortedDictionary<string, string> AgreedMembers(IReadOnlyCollection<DiscoveryDocument> votes, DiscoveryDocument? published)
    {
        SortedDictionary<string, string> agreed = new(StringComparer.Ordinal);
        foreach (string name in votes.SelectMany(vote => vote.Members.Keys).Where(IsCompared).Distinct())
        {
            string? value = DiscoveryDocument.IsOfKubernetes(name)
                ? votes.Select(vote => vote.Members.GetValueOrDefault(name)).GroupBy(each => each, StringComparer.Ordinal)
                    .OrderByDescending(same => same.Count())
                    .ThenByDescending(same => same.Key == DiscoveryDocument.ValueOfKubernetes(name))
                    .ThenByDescending(same => same.Key == published?.Members.GetValueOrDefault(name))
                    .First().Key
                : votes.Select(vote => vote.Members.GetValueOrDefault(name)).Distinct(StringComparer.Ordinal).Count() == 1 ? votes.First().Members[name] : null;
            if (value is not null)
            {
                agreed.Add(name, value);
            }
        }

        return agreed;
    }

    // Without one that fits the keys speak for themselves: an empty list is rejected by Entra (AADSTS501661).
    private static string[] AlgorithmsOf(IReadOnlyCollection<DiscoveryDocument> votes, IReadOnlyCollection<SigningKey> keys)
    {
        HashSet<string> possible = SigningAlgorithms.Of(keys);
        string[] named = [.. votes.SelectMany(vote => vote.Algorithms).Distinct().Where(possible.Contains).Order(StringComparer.Ordinal)];
        return named.Length > 0 ? named : [.. keys.Select(key => key.Algorithm).OfType<string>().Where(possible.Contains).Distinct().Order(StringComparer.Ordinal)];
    }
}
