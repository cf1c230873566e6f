using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Upstream;

/// <summary>One public key as the JWK (RFC 7517) that the API server would publish: the same members in the same order.</summary>
internal sealed record PublicKeyJwk(string KeyId, string Algorithm, string Json)
{
    /// <summary>Absent for a kind of key that API servers do not sign with.</summary>
    /// <exception cref="CryptographicException">The key is malformed.</exception>
    /// <exception cref="PlatformNotSupportedException">The key is on a curve that OpenSSL does not know.</exception>
    public static PublicKeyJwk? Of(PublicKey key)
    {
        using RSA? rsa = key.GetRSAPublicKey();
        if (rsa is not null)
        {
            return Of(rsa);
        }

        using ECDsa? ec = key.GetECDsaPublicKey();
        return ec is null ? null : Of(ec);
    }

    public static PublicKeyJwk Of(RSA key)
    {
        string kid = KeyIdOf(key.ExportSubjectPublicKeyInfo());
        RSAParameters parameters = key.ExportParameters(includePrivateParameters: false);
        return new PublicKeyJwk(kid, "RS256",
            $$"""{"use":"sig","kty":"RSA","kid":"{{kid}}","alg":"RS256","n":"{{Base64Url.EncodeToString(parameters.Modulus)}}","e":"{{Base64Url.EncodeToString(parameters.Exponent)}}"}""");
    }

    private static PublicKeyJwk? Of(ECDsa key)
    {
        ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
        (string Curve, string Algorithm)? known = parameters.Curve.Oid?.Value switch
        {
            "1.2.840.10045.3.1.7" => ("P-256", "ES256"),
            "1.3.132.0.34" => ("P-384", "ES384"),
            "1.3.132.0.35" => ("P-521", "ES512"),
            _ => null,
        };
        if (known is not var (curve, algorithm))
        {
            return null;
        }

        // RFC 7518 §6.2.1.2: both coordinates in the full length of the curve, which is how they are exported.
        string kid = KeyIdOf(key.ExportSubjectPublicKeyInfo());
        return new PublicKeyJwk(kid, algorithm,
            $$"""{"use":"sig","kty":"EC","kid":"{{kid}}","crv":"{{curve}}","alg":"{{algorithm}}","x":"{{Base64Url.EncodeToString(parameters.Q.X)}}","y":"{{Base64Url.EncodeToString(parameters.Q.Y)}}"}""");
    }

    // Kubernetes: base64url(SHA-256(SubjectPublicKeyInfo DER)), over its own encoding of the key.
    private static string KeyIdOf(byte[] subjectPublicKeyInfo) => Base64Url.EncodeToString(SHA256.HashData(subjectPublicKeyInfo));
}
