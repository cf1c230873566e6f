using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Base;

namespace IssuerGateway.Issuers;

public enum SignatureResult
{
    Valid,
    Invalid,

    /// <summary>The key cannot be read, so nobody knows whose signature it is.</summary>
    KeyUnreadable,

    /// <summary>The algorithm is not one of RSA or ECDSA.</summary>
    AlgorithmUnsupported,
}

/// <summary>
/// Whether a signature is by a key, and nothing else (RFC 7515 §5.2): the bytes of the token up to its last dot, the hash
/// that the header names, and the numbers of the key. Neither the payload nor any other member of the key is looked at, so
/// nothing odd in them makes a good signature a bad one.
/// </summary>
public static class TokenSignature
{
    /// <summary>Whether there is an implementation of the algorithm here (RFC 7518 §3.1).</summary>
    public static bool IsSupported(string? algorithm) => algorithm is "RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512" or "ES256" or "ES384" or "ES512";

    /// <summary>Whether no signature of this algorithm can be by the key, because it is of another type (RFC 7518 §3.1).</summary>
    public static bool IsForOtherKey(string? algorithm, SigningKey key) => IsSupported(algorithm) && VerificationKey.Read(key, out _) is { } read && read.Curve != CurveOf(algorithm!);

    /// <summary>The result, and what is wrong in words that follow the name of the key; null for a valid signature.</summary>
    public static (SignatureResult Result, string? Fault) Verify(string token, SigningKey key)
    {
        if (CompactToken.Parse(token) is not { } read || !IsSupported(read.Algorithm))
        {
            return (SignatureResult.AlgorithmUnsupported, "the algorithm is neither RSA nor ECDSA");
        }

        if (VerificationKey.Read(key, out string? fault) is not { } published)
        {
            return (SignatureResult.KeyUnreadable, fault);
        }

        int dot = token.LastIndexOf('.');
        byte[] signature = Base64Url.DecodeFromChars(token.AsSpan(dot + 1));
        string algorithm = read.Algorithm!;
        if (FaultOf(algorithm, published, signature) is { } mismatch)
        {
            return (SignatureResult.Invalid, mismatch);
        }

        HashAlgorithmName hash = algorithm[2..] switch { "256" => HashAlgorithmName.SHA256, "384" => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        try
        {
            return published.Verify(Encoding.ASCII.GetBytes(token[..dot]), signature, hash, algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
                ? (SignatureResult.Valid, null)
                : (SignatureResult.Invalid, "it is by another key, or the token was altered");
        }
        catch (CryptographicException)
        {
            return (SignatureResult.KeyUnreadable, "the key cannot be computed with");
        }
    }

    // RFC 7518 §3.4 ties each algorithm to one curve, and fixes the length: r and s, each as long as the curve's order.
    private static string? FaultOf(string algorithm, VerificationKey key, byte[] signature)
    {
        string? curve = CurveOf(algorithm);
        string kind = key.Curve is { } own ? $"an EC key of {own}" : "an RSA key";
        return key.Curve != curve ? $"alg is {PrintableText.Quote(algorithm)}, and the key is {kind}"
            : VerificationKey.CoordinateLength(curve) is { } length && signature.Length != 2 * length ? $"the signature has {signature.Length} bytes, and {algorithm} has {2 * length} (r and s, not DER)"
            : null;
    }

    private static string? CurveOf(string algorithm) => algorithm switch { "ES256" => "P-256", "ES384" => "P-384", "ES512" => "P-521", _ => null };
}
