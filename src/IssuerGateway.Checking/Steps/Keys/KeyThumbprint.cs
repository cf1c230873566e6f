using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Checking.Steps.Keys;

/// <summary>The thumbprints of a certificate in a JWK (RFC 7517 §4.8, §4.9), which go-jose reads and compares even though nobody requested them.</summary>
internal static class KeyThumbprint
{
    public static string? FaultOf(JsonElement jwk)
    {
        byte[]? certificate = CertificateOf(jwk);
        return FaultOf(jwk, "x5t", SHA1.HashSizeInBytes, certificate, Sha1) ?? FaultOf(jwk, "x5t#S256", SHA256.HashSizeInBytes, certificate, SHA256.HashData);
    }

    private static string? FaultOf(JsonElement jwk, string member, int length, byte[]? certificate, Func<byte[], byte[]> hash)
    {
        if (!jwk.TryGetProperty(member, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return $"{member} is not a string";
        }

        // go-jose 2.6.3 and 4 take no padding, but a digest in hexadecimal that is encoded once more.
        string text = value.GetString()!;
        if (text.Length == 0)
        {
            return null;
        }

        byte[]? print = GoBase64.Decode(text) is { } decoded ? Digest(decoded, length) : null;
        return print is [] ? null : print?.Length != length ? $"{member} is not a digest of {length} bytes"
            : certificate is not null && !print.AsSpan().SequenceEqual(hash(certificate)) ? $"{member} is not the digest of the certificate in x5c"
            : null;
    }

    private static byte[]? Digest(byte[] decoded, int length)
    {
        if (decoded.Length != 2 * length)
        {
            return decoded;
        }

        try
        {
            return Convert.FromHexString(Encoding.Latin1.GetString(decoded));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static byte[]? CertificateOf(JsonElement jwk)
    {
        if (!jwk.TryGetProperty("x5c", out JsonElement chain) || chain.ValueKind != JsonValueKind.Array || chain.GetArrayLength() == 0
            || chain[0].ValueKind != JsonValueKind.String)
        {
            return null;
        }

        byte[] decoded = new byte[chain[0].GetString()!.Length];
        return Convert.TryFromBase64String(chain[0].GetString()!, decoded, out int length) ? decoded[..length] : null;
    }

#pragma warning disable CA5350 // RFC 7517 §4.8 names SHA-1; the digest is compared, it protects nothing.
    private static byte[] Sha1(byte[] certificate) => SHA1.HashData(certificate);
#pragma warning restore CA5350
}
