using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IssuerGateway.Ctl.Parties.Drift;

/// <summary>A public key wherever it is kept, known by its thumbprint (RFC 7638), which does not depend on its form.</summary>
/// <param name="KeyId">The <c>kid</c>; absent for a key in PEM.</param>
/// <param name="Thumbprint">SHA-256 over the required members in their order.</param>
internal sealed record PinnedKey(string? KeyId, string Thumbprint)
{
    public string Name => KeyId ?? $"sha256:{Thumbprint}";

    public static PinnedKey Rsa(string? keyId, ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent) =>
        new(keyId, Hash($$"""{"e":"{{Text(exponent)}}","kty":"RSA","n":"{{Text(modulus)}}"}"""));

    public static PinnedKey Ec(string? keyId, string curve, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) =>
        new(keyId, Hash($$"""{"crv":"{{curve}}","kty":"EC","x":"{{Base64Url.EncodeToString(x)}}","y":"{{Base64Url.EncodeToString(y)}}"}"""));

    /// <exception cref="FormatException">The key lacks a member or has one that is not base64url.</exception>
    public static PinnedKey OfJwk(JsonElement jwk)
    {
        string? keyId = Member(jwk, "kid");
        return Member(jwk, "kty") switch
        {
            "RSA" => Rsa(keyId, Bytes(jwk, "n"), Bytes(jwk, "e")),
            "EC" => Ec(keyId, Member(jwk, "crv") ?? throw new FormatException("crv"), Bytes(jwk, "x"), Bytes(jwk, "y")),
            null => throw new FormatException("kty"),
            _ => new PinnedKey(keyId, Hash(jwk.GetRawText())), // of a type that is compared as it is written
        };
    }

    // A number has no leading zeros (RFC 7518 §2, Base64urlUInt), but some writers keep one.
    private static string Text(ReadOnlySpan<byte> number) => Base64Url.EncodeToString(number.TrimStart((byte)0));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static byte[] Bytes(JsonElement jwk, string name) => Base64Url.DecodeFromChars(Member(jwk, name) ?? throw new FormatException(name));

    private static string? Member(JsonElement jwk, string name) =>
        jwk.ValueKind == JsonValueKind.Object && jwk.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
