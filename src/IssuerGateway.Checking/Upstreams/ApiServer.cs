using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Upstreams;

/// <summary>What an API server returned, as far as it can be read.</summary>
/// <param name="Name">Fit for a sentence.</param>
/// <param name="Fault">Why its documents cannot be compared as they have to be; null where they can.</param>
internal sealed record ApiServer(string Name, DiscoveryDocument? Document, KeySet Keys, string? Fault)
{
    public bool HasSigned(string token) => Keys.Keys.Any(key => TokenSignature.Verify(token, key).Result == SignatureResult.Valid);

    /// <summary>The key that signed the token; where no signature shows it, the one whose kid the token has; null for none.</summary>
    public SigningKey? SignerOf(CompactToken token, string text) =>
        Keys.Keys.FirstOrDefault(key => TokenSignature.Verify(text, key).Result == SignatureResult.Valid) ?? Keys.Keys.FirstOrDefault(key => !string.IsNullOrEmpty(key.KeyId) && key.KeyId == token.KeyId);
}
