using System.Text;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

/// <summary>Documents and issuers for tests, from the texts that matter to them.</summary>
internal static class Build
{
    public const string Url = "https://issuer.example.test";

    public static IssuerIdentifier Identifier(string text = Url)
    {
        Assert.True(IssuerIdentifier.TryParse(text, out IssuerIdentifier identifier, out (string Expected, string Hint) fault), fault.Expected);
        return identifier;
    }

    public static Issuer Issuer(string identifier = Url, KeySetUriPolicy policy = KeySetUriPolicy.Publish, string[]? previous = null, string[]? revoked = null) => new()
    {
        Identifier = Identifier(identifier),
        KeySetUriPolicy = policy,
        PreviousIdentifiers = [.. (previous ?? []).Select(Identifier)],
        RevokedKeys = revoked ?? [],
    };

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static DiscoveryDocument Discovery(string json)
    {
        DiscoveryDocument? document = DiscoveryDocument.Parse(Utf8(json), out Finding? fault);
        Assert.Null(fault);
        return document!;
    }

    public static KeySet Keys(params string[] jwks)
    {
        KeySet? keys = KeySet.Parse(Utf8($"{{\"keys\":[{string.Join(",", jwks)}]}}"), out Finding? fault);
        Assert.Null(fault);
        return keys!;
    }

    /// <summary>A well-formed RS256 key; the kid also makes its modulus its own.</summary>
    public static string Rsa(string kid, int bits = 2048)
    {
        byte[] modulus = new byte[bits / 8];
        modulus[0] = 0x80;
        Utf8(kid).AsSpan().CopyTo(modulus.AsSpan(1));
        modulus[^1] = 1;
        return $$"""{"use":"sig","kty":"RSA","kid":"{{kid}}","alg":"RS256","n":"{{System.Buffers.Text.Base64Url.EncodeToString(modulus)}}","e":"AQAB"}""";
    }
}
