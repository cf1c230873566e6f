using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IssuerGateway.Issuers;

/// <summary>
/// What verifies signatures in a JWK, without what only describes it: two spellings of one key (another member order, an
/// <c>alg</c> more) have the same material.
/// </summary>
internal static class KeyMaterial
{
    /// <summary>Members that name or describe a key of any type (RFC 7517 §4.2 to §4.9).</summary>
    private static readonly string[] describing = ["use", "key_ops", "alg", "kid", "x5u", "x5c", "x5t", "x5t#S256", "ext", "iat", "nbf", "exp"];

    /// <summary>A fingerprint of 128 bits.</summary>
    public static string Of(JsonElement jwk, string? keyType) => Fingerprint(keyType switch
    {
        "RSA" => $"RSA {Integer(jwk, "n")} {Integer(jwk, "e")}",
        "EC" => $"EC {Text(jwk, "crv")} {Text(jwk, "x")} {Text(jwk, "y")}",
        _ => string.Join('\n', jwk.EnumerateObject()
            .Where(member => !describing.Contains(member.Name, StringComparer.Ordinal))
            .OrderBy(member => member.Name, StringComparer.Ordinal)
            .Select(member => $"{JsonEncodedText.Encode(member.Name)} {CanonicalJson.Of(member.Value)}")),
    });

    public static string Fingerprint(string text) => Fingerprint(Encoding.UTF8.GetBytes(text));

    public static string Fingerprint(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16));

    // RFC 7518 §6.3.1: leading zero octets do not change the number.
    private static string Integer(JsonElement jwk, string member) =>
        StrictJson.TextOf(jwk, member) is { } text && StrictBase64Url.IsValid(text)
            ? Convert.ToHexStringLower(Base64Url.DecodeFromChars(text).AsSpan().TrimStart((byte)0))
            : $"? {Text(jwk, member)}";

    private static string? Text(JsonElement jwk, string member) => StrictJson.TextOf(jwk, member);
}
