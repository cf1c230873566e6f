using System.Buffers.Text;
using System.Security.Cryptography;

namespace IssuerGateway.Demo.StandIn;

/// <summary>The algorithms that a 1.36 API server signs ServiceAccount tokens with.</summary>
internal enum SigningAlgorithm
{
    RS256,
    ES256,
    ES384,
    ES512,
}

/// <summary>A ServiceAccount signing key as the API server holds it: signs tokens, and is published as the JWK that the API server makes of it.</summary>
internal sealed class ServiceAccountKey
{
    private readonly RSA? rsa;
    private readonly ECDsa? ec;
    private readonly string beforeAlgorithm;
    private readonly string afterAlgorithm;

    /// <param name="keyId">Null for what key files get: base64url(SHA-256(SPKI)). External signers choose their own.</param>
    public ServiceAccountKey(AsymmetricAlgorithm key, string? keyId = null)
    {
        rsa = key as RSA;
        ec = key as ECDsa;
        KeyId = keyId ?? Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
        PublicKeyPem = key.ExportSubjectPublicKeyInfoPem();
        if (rsa is not null)
        {
            RSAParameters parameters = rsa.ExportParameters(includePrivateParameters: false);
            Algorithm = SigningAlgorithm.RS256;
            beforeAlgorithm = "";
            afterAlgorithm = $"""
                "n":"{Base64Url.EncodeToString(parameters.Modulus)}","e":"{Base64Url.EncodeToString(parameters.Exponent)}"
                """;
        }
        else
        {
            ECParameters parameters = ec!.ExportParameters(includePrivateParameters: false);
            (Algorithm, string curve) = ec.KeySize switch
            {
                256 => (SigningAlgorithm.ES256, "P-256"),
                384 => (SigningAlgorithm.ES384, "P-384"),
                _ => (SigningAlgorithm.ES512, "P-521"),
            };
            beforeAlgorithm = $"""
                "crv":"{curve}",
                """;
            afterAlgorithm = $"""
                "x":"{Base64Url.EncodeToString(parameters.Q.X)}","y":"{Base64Url.EncodeToString(parameters.Q.Y)}"
                """;
        }
    }

    public string KeyId { get; }

    public SigningAlgorithm Algorithm { get; }

    /// <summary>What <c>--service-account-key-file</c> (sa.pub) holds.</summary>
    public string PublicKeyPem { get; }

    /// <summary>What <c>--service-account-signing-key-file</c> (sa.key) holds; for tests of what must be rejected.</summary>
    public string PrivateKeyPem => rsa?.ExportPkcs8PrivateKeyPem() ?? ec!.ExportPkcs8PrivateKeyPem();

    /// <summary>The JWK, its members in the order of the recorded responses.</summary>
    public string Jwk => JwkWith(KeyId, "");

    public static ServiceAccountKey Create(SigningAlgorithm algorithm = SigningAlgorithm.RS256, int rsaBits = 2048, string? keyId = null) => algorithm switch
    {
        SigningAlgorithm.RS256 => new(RSA.Create(rsaBits), keyId),
        SigningAlgorithm.ES256 => new(ECDsa.Create(ECCurve.NamedCurves.nistP256), keyId),
        SigningAlgorithm.ES384 => new(ECDsa.Create(ECCurve.NamedCurves.nistP384), keyId),
        _ => new(ECDsa.Create(ECCurve.NamedCurves.nistP521), keyId),
    };

    /// <summary>The same public key under another kid; makes sets that must be rejected.</summary>
    public string JwkUnder(string keyId) => JwkWith(keyId, "");

    /// <summary>The JWK with its private exponent or scalar <c>d</c> (RFC 7518 §6.2.2.1, §6.3.2.1); makes sets that must be rejected.</summary>
    public string PrivateJwk()
    {
        byte[] d = rsa?.ExportParameters(includePrivateParameters: true).D ?? ec!.ExportParameters(includePrivateParameters: true).D!;
        return JwkWith(KeyId, $"""
            ,"d":"{Base64Url.EncodeToString(d)}"
            """);
    }

    /// <summary>RFC 7515 §5.1 step 5, with the signature forms of RFC 7518 §3.3 and §3.4.</summary>
    public byte[] Sign(ReadOnlySpan<byte> signingInput)
    {
        HashAlgorithmName hash = Algorithm switch
        {
            SigningAlgorithm.ES384 => HashAlgorithmName.SHA384,
            SigningAlgorithm.ES512 => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };
        return rsa?.SignData(signingInput, hash, RSASignaturePadding.Pkcs1) ?? ec!.SignData(signingInput, hash);
    }

    private string JwkWith(string keyId, string more)
    {
        string keyType = rsa is null ? "EC" : "RSA";
        return $$"""
            {"use":"sig","kty":"{{keyType}}","kid":{{GoJson.Text(keyId)}},{{beforeAlgorithm}}"alg":"{{Algorithm}}",{{afterAlgorithm}}{{more}}}
            """;
    }
}
