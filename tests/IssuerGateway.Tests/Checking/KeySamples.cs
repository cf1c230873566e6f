using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace IssuerGateway.Tests.Checking;

/// <summary>Keys with one thing about them that some party dislikes.</summary>
internal static class KeySamples
{
    /// <summary>A real P-256 key (RFC 7515 §A.3).</summary>
    public static string P256(string kid = "e") =>
        $$"""{"use":"sig","kid":"{{kid}}","alg":"ES256","kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}""";

    /// <summary>A P-256 key whose x begins with a zero byte, which it lacks here.</summary>
    public static string ShortCoordinate(string kid)
    {
        while (true)
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            if (key.ExportParameters(includePrivateParameters: false).Q is { X: [0, .. var x], Y: { } y })
            {
                return $$"""{"use":"sig","kid":"{{kid}}","alg":"ES256","kty":"EC","crv":"P-256","x":"{{Base64Url.EncodeToString(x)}}","y":"{{Base64Url.EncodeToString(y)}}"}""";
            }
        }
    }

    public static string P384(string kid)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        return $$"""{"use":"sig","kid":"{{kid}}","alg":"ES384","kty":"EC","crv":"P-384","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""";
    }

    public static JsonObject Rsa(RSA key, string kid = "a")
    {
        RSAParameters parameters = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["use"] = "sig",
            ["kty"] = "RSA",
            ["kid"] = kid,
            ["alg"] = "RS256",
            ["n"] = Base64Url.EncodeToString(parameters.Modulus),
            ["e"] = Base64Url.EncodeToString(parameters.Exponent),
        };
    }

    public static string WithLeadingZero()
    {
        using RSA key = RSA.Create(2048);
        JsonObject jwk = Rsa(key);
        jwk["n"] = Base64Url.EncodeToString([0, .. key.ExportParameters(includePrivateParameters: false).Modulus!]);
        return jwk.ToJsonString();
    }

    /// <summary>A key that breaks exactly the rule.</summary>
    public static string Spoiled(string rule)
    {
        using RSA key = RSA.Create(2048);
        JsonObject jwk = Rsa(key);
        switch (rule)
        {
            case "kid-missing": jwk.Remove("kid"); break;
            case "key-use-missing": jwk.Remove("use"); break;
            case "key-alg-missing": jwk.Remove("alg"); break;
            case "key-use-other": jwk["use"] = "enc"; break;
            case "key-ops": jwk["key_ops"] = new JsonArray("verify"); break;
            case "key-thumbprint": jwk["x5t"] = "AQAB"; break;
            case "key-certificate": jwk["x5c"] = new JsonArray(Certificate(key)); break;
            case "key-certificate-other":
                using (RSA other = RSA.Create(2048))
                {
                    jwk["x5c"] = new JsonArray(Certificate(other));
                }

                break;
        }

        return jwk.ToJsonString();
    }

    private static string Certificate(RSA key)
    {
        CertificateRequest request = new("CN=key", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.Parse("2026-01-01T00:00:00Z"), DateTimeOffset.Parse("2036-01-01T00:00:00Z"));
        return Convert.ToBase64String(certificate.RawData);
    }
}
