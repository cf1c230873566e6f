using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace IssuerGateway.Acme.Signing;

/// <summary>The key of an account: it signs every request and is part of every key authorization. ECDSA P-256, or RSA for CAs that accept only that.</summary>
public sealed class AcmeAccountKey : IDisposable
{
    /// <summary>RFC 8555 §6.2 wants every CA to take it.</summary>
    public const string Es256 = "ES256";
    public const string Rs256 = "RS256";

    private readonly AsymmetricAlgorithm key;

    private AcmeAccountKey(AsymmetricAlgorithm key)
    {
        this.key = key;
        Jwk = key switch
        {
            ECDsa ecdsa => JwkOf(ecdsa.ExportParameters(includePrivateParameters: false)),
            RSA rsa => JwkOf(rsa.ExportParameters(includePrivateParameters: false)),
            _ => throw new ArgumentException("neither ECDSA nor RSA", nameof(key)),
        };

        // The members of a Jwk are written in lexicographic order, without white space (RFC 7638 §3).
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(Jwk, AcmeJson.Default.Jwk)));
    }

    /// <summary>RFC 7518 §3.1.</summary>
    public string Algorithm => key is RSA ? Rs256 : Es256;

    public Jwk Jwk { get; }

    public string Thumbprint { get; }

    public static AcmeAccountKey Create(string algorithm) => new(algorithm == Rs256 ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Null when the text is not the PEM of a P-256 or RSA key.</summary>
    public static AcmeAccountKey? FromPem(string pem) => Import(ECDsa.Create(), pem) ?? Import(RSA.Create(), pem);

    public string ToPem() => key.ExportPkcs8PrivateKeyPem();

    /// <summary>RFC 7518 §3.3, §3.4: r and s as 32 bytes each, which is what SignData gives.</summary>
    public byte[] Sign(byte[] data) => key is RSA rsa
        ? rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : ((ECDsa)key).SignData(data, HashAlgorithmName.SHA256);

    /// <summary>RFC 8555 §8.1.</summary>
    public string KeyAuthorization(string token) => $"{token}.{Thumbprint}";

    public void Dispose() => key.Dispose();

    private static AcmeAccountKey? Import(AsymmetricAlgorithm key, string pem)
    {
        try
        {
            key.ImportFromPem(pem);
            if (key is RSA || ((ECDsa)key).ExportParameters(includePrivateParameters: true).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                // Export fails for a public key alone, which cannot sign.
                _ = key.ExportPkcs8PrivateKey();
                return new AcmeAccountKey(key);
            }
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            // null signals the failure.
        }

        key.Dispose();
        return null;
    }

    // Coordinates keep their leading zeros: always 32 bytes (RFC 7518 §6.2.1.2).
    private static Jwk JwkOf(ECParameters key) => new() { Crv = "P-256", Kty = "EC", X = Base64Url.EncodeToString(key.Q.X), Y = Base64Url.EncodeToString(key.Q.Y) };

    private static Jwk JwkOf(RSAParameters key) => new() { E = Base64Url.EncodeToString(key.Exponent), Kty = "RSA", N = Base64Url.EncodeToString(key.Modulus) };
}
