using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace IssuerGateway.Issuers;

/// <summary>
/// The numbers of a JWK with which signatures are verified, and nothing else of it: <c>alg</c>, <c>use</c>, <c>x5c</c> and
/// whatever else a key carries say how a party treats it, not whether a signature is by it.
/// </summary>
public sealed record VerificationKey
{
    /// <summary>With fewer bits Go's crypto/rsa (checkKeySize) and Microsoft.IdentityModel do not verify.</summary>
    public const int MinRsaBits = 1024;

    private const int MaxRsaBits = 16_384;

    private static readonly (string Name, ECCurve Curve, int Length)[] curves =
    [
        ("P-256", ECCurve.NamedCurves.nistP256, 32), ("P-384", ECCurve.NamedCurves.nistP384, 48), ("P-521", ECCurve.NamedCurves.nistP521, 66),
    ];

    private readonly RSAParameters rsa;
    private readonly ECParameters ec;

    private VerificationKey(RSAParameters rsa) => this.rsa = rsa;

    private VerificationKey(ECParameters ec, string curve) => (this.ec, Curve) = (ec, curve);

    /// <summary>The curve of an EC key; null for RSA.</summary>
    public string? Curve { get; }

    public bool IsRsa => Curve is null;

    /// <summary>The length of a coordinate, by the name of its curve; null for a curve that JWS has no algorithm for.</summary>
    public static int? CoordinateLength(string? curve) => curves.FirstOrDefault(each => each.Name == curve) is { Length: > 0 and int length } ? length : null;

    /// <summary>The key, or what makes it impossible to verify with it.</summary>
    public static VerificationKey? Read(SigningKey key, out string? fault)
    {
        using JsonDocument json = JsonDocument.Parse(key.Member);
        fault = key.MissingMembers.Count > 0 ? $"no well-formed {string.Join(", ", key.MissingMembers)}" : null;
        return fault is not null ? null : key.KeyType switch
        {
            "RSA" => ReadRsa(json.RootElement, out fault),
            "EC" => ReadEc(json.RootElement, out fault),
            _ => None($"type \"{Base.PrintableText.Of(key.KeyType, 20)}\" has no RSA or EC key", out fault),
        };
    }

    internal byte[] ExportSubjectPublicKeyInfo()
    {
        using AsymmetricAlgorithm key = IsRsa ? RSA.Create(rsa) : ECDsa.Create(ec);
        return key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>The key with 65537 as exponent, which key generators choose; an EC key as it is.</summary>
    internal VerificationKey WithUsualExponent() => IsRsa ? new VerificationKey(rsa with { Exponent = [1, 0, 1] }) : this;

    internal bool Verify(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature, HashAlgorithmName hash, RSASignaturePadding padding)
    {
        if (IsRsa)
        {
            using RSA verifier = RSA.Create(rsa);
            return verifier.VerifyData(signed, signature, hash, padding);
        }

        using ECDsa point = ECDsa.Create(ec);
        return point.VerifyData(signed, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    // RFC 8017 §3.1: the modulus is odd, and the exponent an odd number of at least 3.
    private static VerificationKey? ReadRsa(JsonElement jwk, out string? fault)
    {
        byte[] modulus = Number(jwk, "n");
        byte[] exponent = Number(jwk, "e");
        int bits = modulus.Length == 0 ? 0 : (modulus.Length * 8) - byte.LeadingZeroCount(modulus[0]);
        fault = bits < MinRsaBits ? $"n has {bits} bits, too few to verify with (Go and Microsoft.IdentityModel require {MinRsaBits})"
            : bits > MaxRsaBits ? $"n has {bits} bits, and at most {MaxRsaBits} are verified with"
            : modulus[^1] % 2 == 0 ? "n is even"
            : exponent is [] or [1] ? "e is smaller than 3"
            : exponent[^1] % 2 == 0 ? "e is even"
            : exponent.Length > 4 || (exponent.Length == 4 && exponent[0] > 0x7F) ? "e is larger than 31 bits"
            : null;
        return fault is null ? Usable(new VerificationKey(new RSAParameters { Modulus = modulus, Exponent = exponent }), out fault) : null;
    }

    private static VerificationKey? ReadEc(JsonElement jwk, out string? fault)
    {
        string? name = StrictJson.TextOf(jwk, "crv");
        if (curves.FirstOrDefault(each => each.Name == name) is not { Length: > 0 and int length } curve)
        {
            return None($"no curve of JWS: \"{Base.PrintableText.Of(name, 20)}\"", out fault);
        }

        byte[] x = Number(jwk, "x");
        byte[] y = Number(jwk, "y");
        return x.Length > length || y.Length > length
            ? None($"x and y are longer than a coordinate of {name}", out fault)
            : Usable(new VerificationKey(new ECParameters { Curve = curve.Curve, Q = new ECPoint { X = Padded(x, length), Y = Padded(y, length) } }, curve.Name), out fault);
    }

    // A point beside its curve is found only by whoever computes with it.
    private static VerificationKey? Usable(VerificationKey key, out string? fault)
    {
        try
        {
            using AsymmetricAlgorithm tried = key.IsRsa ? RSA.Create(key.rsa) : ECDsa.Create(key.ec);
            fault = null;
            return key;
        }
        catch (CryptographicException)
        {
            return None(key.IsRsa ? "n and e are no RSA key" : "x and y are not a point of the curve", out fault);
        }
    }

    private static VerificationKey? None(string why, out string? fault)
    {
        fault = why;
        return null;
    }

    // RFC 7518 §6.3.1: a number; zero bytes before it do not change it, though some party rejects them.
    private static byte[] Number(JsonElement jwk, string member) => [.. Base64Url.DecodeFromChars(StrictJson.TextOf(jwk, member)).AsSpan().TrimStart((byte)0)];

    private static byte[] Padded(byte[] number, int length) => [.. new byte[length - number.Length], .. number];
}
