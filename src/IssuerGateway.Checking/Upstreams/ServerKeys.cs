using IssuerGateway.Base;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Upstreams;

/// <summary>The keys of the API servers, for a token by a key that only they have.</summary>
/// <param name="ToCompare">The commands that show what is published, and what an API server has.</param>
internal sealed record ServerKeys(IReadOnlyList<(string Server, KeySet Keys)> Sets, string ToCompare)
{
    /// <summary>The API server with the key that signed the token; null for none.</summary>
    public string? SignerOf(TokenInput token) => Sets.FirstOrDefault(set => HasSigner(token, set.Keys)).Server is { } server ? PrintableText.Of(server, 100) : null;

    public static bool HasSigner(TokenInput token, KeySet keys) => keys.Keys.Any(key => TokenSignature.Verify(token.Text, key).Result == SignatureResult.Valid);

    public static string FixOfMissing(string toCompare) => $"lead the URL to the gateway of this cluster, or wait for its next refresh before you sign with this key; {toCompare}";

    public static string FixOfOther(string toCompare) => $"find out which of the two is wrong, or compromised; {toCompare}";
}
