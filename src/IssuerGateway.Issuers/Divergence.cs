using IssuerGateway.Base;

namespace IssuerGateway.Issuers;

/// <summary>Reports which API server lacks or contradicts which key, so that a rotation that hangs is seen.</summary>
public static class Divergence
{
    /// <summary>Keys that are named; a server that differs in more is not described better by a longer list.</summary>
    private const int MaxNamed = 5;

    public static IEnumerable<Finding> Of(IReadOnlyList<EvaluatedResponse> accepted)
    {
        ILookup<string, SigningKey> sent = accepted.SelectMany(response => response.Keys!.Keys).ToLookup(key => key.Identity, StringComparer.Ordinal);
        foreach (EvaluatedResponse response in accepted)
        {
            HashSet<string> own = [.. response.Keys!.Keys.Select(key => key.Identity)];
            string[] missing = [.. sent.Select(key => key.Key).Where(identity => !own.Contains(identity)).Order(StringComparer.Ordinal)];
            if (missing.Length > 0)
            {
                yield return Finding.Warning("servers-differ", $"server {response.Server}: lacks {Named(missing)}, which another API server publishes",
                    "finish the rotation: the same --service-account-key-file entries on every API server, then restart it");
            }
        }

        string[] contradicted = [.. sent.Where(same => same.Select(key => key.Material).Distinct().Count() > 1).Select(same => same.Key).Order(StringComparer.Ordinal)];
        if (contradicted.Length > 0)
        {
            yield return Finding.Warning("kid-conflict", $"{Named(contradicted)}: API servers publish different keys under it; the key of most servers is published, at a draw the one published first",
                "a kid must name one key; find out which API server is wrong, or compromised");
        }
    }

    private static string Named(string[] identities) => identities.Length switch
    {
        1 => $"kid {Quoted(identities[0])}",
        <= MaxNamed => $"kids {string.Join(", ", identities.Select(Quoted))}",
        _ => $"more than {MaxNamed} kids, among them {string.Join(", ", identities.Take(MaxNamed).Select(Quoted))}",
    };

    private static string Quoted(string identity) => $"\"{PrintableText.Of(identity)}\"";
}
