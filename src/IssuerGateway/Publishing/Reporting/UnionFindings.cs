using IssuerGateway.Base;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.Reporting;

/// <summary>What is said of the documents that are made of several servers' responses.</summary>
internal static class UnionFindings
{
    private const int MaxNamed = 5;

    public static Finding Full(Issuer issuer, IReadOnlyList<string> servers) =>
        Finding.Error("key-union-full", $"issuer \"{issuer.Identifier}\": the API servers together publish more than {FidelityRules.MaxKeys} keys or {StrictJson.MaxBytes} bytes; keys of {string.Join(", ", servers)} are left out",
            "Entra stores the first 100 keys only; remove old --service-account-key-file entries, and find out whether a server that is named here is compromised: keys of most servers are kept");

    /// <summary>One a server, for the first of its keys that are withheld.</summary>
    public static IEnumerable<Finding> Withheld(IReadOnlyList<TrackedKey> keys) =>
        from server in keys.SelectMany(key => key.Sources.Where(source => source.Value.IsCurrent).Select(source => source.Key)).Distinct().Order(StringComparer.Ordinal)
        let key = keys.First(key => key.Sources.ContainsKey(server))
        select Finding.Warning("key-withheld",
            $"server {server}: sends kid \"{PrintableText.Of(key.Identity)}\" in a form that Kubernetes does not write; it is not published, because most API servers do not send it",
            "find out where the key comes from, the server may be compromised; a key that belongs to the cluster is published once most API servers send it");

    public static IEnumerable<Finding> Discovery(IReadOnlyList<EvaluatedResponse> accepted, DiscoveryDocument published, IReadOnlyCollection<SigningKey> keys) =>
        from difference in DiscoveryComposition.Differences(accepted.Select(response => (response.Server, response.Discovery!)), published, keys)
        select Finding.Warning("discovery-differs",
            $"server {difference.Server}: its discovery document differs from what is published in {Named(difference.Members)}",
            "API servers of one cluster and version send the same members, and algorithms of their keys; find out why this one does not, it may be compromised");

    /// <summary>Servers that send a published key with other members than it is published with: one finding a server, for the first such key.</summary>
    public static IEnumerable<Finding> Keys(IReadOnlyList<EvaluatedResponse> accepted, KeyUnion published)
    {
        Dictionary<string, SigningKey> keys = published.Keys.ToDictionary(key => key.Identity, key => key.Key, StringComparer.Ordinal);
        return
            from response in accepted
            let differing =
                from key in response.Keys!.Keys
                let same = keys.GetValueOrDefault(key.Identity)
                where same is not null && key.Material == same.Material && key.Spelling != same.Spelling
                let members = key.MembersUnlike(same)
                where members.Count > 0
                select (key.Identity, Members: members)
            let first = differing.FirstOrDefault()
            where first.Members is not null
            select Finding.Warning("key-differs",
                $"server {response.Server}: sends kid \"{PrintableText.Of(first.Identity)}\" with other members than it is published with: {Named(first.Members)}",
                "API servers of one cluster and version describe a key alike; find out why this one does not, it may be compromised");
    }

    private static string Named(IReadOnlyList<string> members) =>
        string.Join(", ", members.Take(MaxNamed).Select(name => $"\"{PrintableText.Of(name)}\"")) + (members.Count > MaxNamed ? " and further members" : "");
}
