using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps.Keys;

/// <summary>Whether a key carries certificates, and whose.</summary>
internal enum CertificateState
{
    None,
    SameKey,
    OtherKey,
}

/// <summary>The certificates of a JWK (x5c). RFC 7517 §4.7: the key in the first one must be the public key of the other members.</summary>
internal static class KeyCertificates
{
    public static CertificateState StateOf(JsonElement jwk, SigningKey key)
    {
        // An empty chain is none to go-jose, and to whoever looks for a first certificate.
        if (!jwk.TryGetProperty("x5c", out JsonElement chain) || chain.ValueKind == JsonValueKind.Null || (chain.ValueKind == JsonValueKind.Array && chain.GetArrayLength() == 0))
        {
            return CertificateState.None;
        }

        using X509Certificate2? first = EntriesOf(jwk) is [var leaf, ..] ? Load(leaf) : null;
        return first is not null && IsOf(first, jwk, key) ? CertificateState.SameKey : CertificateState.OtherKey;
    }

    /// <summary>Whether an entry behind the first is no certificate; go-jose reads them all.</summary>
    public static bool HaveOddEntry(JsonElement jwk, int from = 1) => EntriesOf(jwk).Skip(from).Any(entry =>
    {
        using X509Certificate2? certificate = Load(entry);
        return certificate is null;
    });

    private static JsonElement[] EntriesOf(JsonElement jwk) => jwk.TryGetProperty("x5c", out JsonElement chain) && chain.ValueKind == JsonValueKind.Array ? [.. chain.EnumerateArray()] : [];

    private static X509Certificate2? Load(JsonElement entry)
    {
        try
        {
            return entry.ValueKind == JsonValueKind.String ? X509CertificateLoader.LoadCertificate(Convert.FromBase64String(entry.GetString()!)) : null;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static bool IsOf(X509Certificate2 certificate, JsonElement jwk, SigningKey key)
    {
        try
        {
            using RSA? rsa = key.KeyType == "RSA" ? certificate.GetRSAPublicKey() : null;
            using ECDsa? ec = key.KeyType == "EC" ? certificate.GetECDsaPublicKey() : null;
            return rsa is not null
                ? rsa.ExportParameters(false) is var own && Same(own.Modulus, InspectedKey.Decode(jwk, "n")) && Same(own.Exponent, InspectedKey.Decode(jwk, "e"))
                : ec is not null && ec.ExportParameters(false).Q is var point && Same(point.X, InspectedKey.Decode(jwk, "x")) && Same(point.Y, InspectedKey.Decode(jwk, "y"));
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            return false;
        }
    }

    private static bool Same(byte[]? a, byte[]? b) => a is not null && b is not null && a.AsSpan().TrimStart((byte)0).SequenceEqual(b.AsSpan().TrimStart((byte)0));
}
