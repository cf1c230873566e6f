namespace IssuerGateway.Issuers;

/// <summary>Says which API server lacks or contradicts which key, so that a rotation that hangs is seen.</summary>
public static class Divergence
{
    public static IEnumerable<Finding> Of(IReadOnlyList<EvaluatedResponse> accepted)
    {
        ILookup<string, SigningKey> sent = accepted.SelectMany(answer => answer.Keys!.Keys).ToLookup(key => key.Identity, StringComparer.Ordinal);
        foreach (EvaluatedResponse answer in accepted)
        {
            HashSet<string> own = [.. answer.Keys!.Keys.Select(key => key.Identity)];
            foreach (IGrouping<string, SigningKey> missing in sent.Where(key => !own.Contains(key.Key)))
            {
                yield return Finding.Warning("servers-differ", $"server {answer.Server}: lacks kid \"{missing.Key}\", which another API server publishes",
                    "finish the rotation: the same --service-account-key-file entries on every API server, then restart it");
            }
        }

        foreach (IGrouping<string, SigningKey> key in sent.Where(same => same.Select(Material).Distinct().Count() > 1))
        {
            yield return Finding.Warning("kid-conflict", $"kid \"{key.Key}\": API servers publish different keys under it; the one published first stays",
                "a kid must name one key; find out which API server is wrong, or compromised");
        }
    }

    private static string Material(SigningKey key) => Convert.ToBase64String(key.Member.Span);
}
