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

    public static IEnumerable<Finding> Discovery(IReadOnlyList<EvaluatedResponse> accepted, DiscoveryDocument published, IReadOnlyCollection<SigningKey> keys) =>
        from difference in DiscoveryComposition.Differences(accepted.Select(response => (response.Server, response.Discovery!)), published, keys)
        let names = string.Join(", ", difference.Members.Take(MaxNamed).Select(name => $"\"{PrintableText.Of(name)}\""))
        select Finding.Warning("discovery-differs",
            $"server {difference.Server}: its discovery document differs from what is published in {names}{(difference.Members.Count > MaxNamed ? " and further members" : "")}",
            "API servers of one cluster and version send the same members, and algorithms of their keys; find out why this one does not, it may be compromised");
}
