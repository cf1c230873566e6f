using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.Reporting;

/// <summary>Entries of <c>RevokedKeys</c> that revoke nothing: whoever mistypes one in an emergency has to learn that the key is still published.</summary>
internal static class RevokedKeyFindings
{
    /// <summary>Shorter beginnings fit too many keys.</summary>
    private const int MinPrefix = 8;

    private static readonly char[] separators = [',', ';', ' ', '\t', '\r', '\n', '"', '\''];

    /// <summary>The entries that match no key of the API servers.</summary>
    public static IReadOnlyList<string> Unmatched(Issuer issuer, IEnumerable<string> sent) => [.. issuer.RevokedKeys.Except(sent)];

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
