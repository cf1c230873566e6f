using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.Reporting;

/// <summary>Entries of <c>RevokedKeys</c> that revoke nothing, since whoever mistypes one in an emergency has to learn that the key is still published; and servers that bring a revoked key back.</summary>
internal static class RevokedKeyFindings
{
    /// <summary>Shorter beginnings fit too many keys.</summary>
    private const int MinPrefix = 8;

    private static readonly char[] separators = [',', ';', ' ', '\t', '\r', '\n', '"', '\''];

    /// <summary>The entries that match no key of the API servers.</summary>
    public static IReadOnlyList<string> Unmatched(Issuer issuer, IEnumerable<SigningKey> sent) => [.. issuer.RevokedKeys.Except(sent.Select(key => key.NameIn(issuer.RevokedKeys)).OfType<string>())];

    /// <summary>Servers that send a revoked key under another kid: no configuration of an API server does so. One finding a server, for the first such key.</summary>
    public static IEnumerable<Finding> Renamed(Issuer issuer, IEnumerable<EvaluatedResponse> accepted) =>
        from response in accepted
        let renamed = response.Keys!.Keys.Select(key => (key.Identity, Name: key.NameIn(issuer.RevokedKeys))).FirstOrDefault(key => key.Name is not null && key.Name != key.Identity)
        where renamed.Name is not null
        select Finding.Error("revoked-key-renamed",
            $"server {response.Server}: sends the key of {PrintableText.Quote(renamed.Name)}, which RevokedKeys names, as kid {PrintableText.Quote(renamed.Identity)}; it is not published",
            "if an external signer has been given the revoked key, give it another; else an API server names a key by its hash: treat this one, or what responds in its place, as compromised");

    /// <summary>One for each entry that is almost the <c>kid</c> of a published key.</summary>
    public static IEnumerable<Finding> Of(Issuer issuer, IReadOnlyList<string> unmatched, IReadOnlyCollection<string> published) =>
        from entry in unmatched
        let meant = published.FirstOrDefault(kid => IsAlmost(entry, kid))
        where meant is not null
        select Finding.Warning("revoked-key-unknown",
            $"issuer \"{issuer.Identifier}\": RevokedKeys names {PrintableText.Quote(entry)}, which no API server publishes; {PrintableText.Quote(meant)} is still published",
            "correct RevokedKeys if that is the key to revoke, else remove the entry: the whole kid counts, character for character");

    private static bool IsAlmost(string entry, string kid) =>
        entry.Split(separators, StringSplitOptions.RemoveEmptyEntries).Contains(kid)
        || (entry.Length >= MinPrefix && kid.StartsWith(entry.TrimEnd('.', '…'), StringComparison.OrdinalIgnoreCase))
        || (Math.Abs(entry.Length - kid.Length) <= 2 && Math.Max(entry.Length, kid.Length) >= MinPrefix && EditDistance.Of(entry, kid) <= 2);
}
