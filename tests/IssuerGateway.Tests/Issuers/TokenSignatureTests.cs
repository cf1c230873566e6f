using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

/// <summary>A signature is by a key or it is not, whatever else the token and the key say.</summary>
public sealed class TokenSignatureTests
{
    private static readonly RSA rsa = RSA.Create(2048);

    public static TheoryData<string> Algorithms => ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>Payloads that no party need accept, signed all the same.</summary>
    public static TheoryData<string> Payloads =>
    [
        "{}", """{"exp":"1795476600"}""", """{"exp":1e400}""", """{"iat":123456789012345678901234567890}""", """{"aud":5,"iss":null,"sub":{"a":[]}}""", """{"nbf":-1,"jti":[1,2]}""", "{ \n\t\"a\" : \"\u20ac\" }",
    ];

    /// <summary>Members of a key that say nothing about its numbers.</summary>
    public static TheoryData<string, string> Members => new()
    {
        { "alg", "\"RSA-OAEP-9000\"" }, { "alg", "5" }, { "alg", "null" }, { "use", "\"enc\"" }, { "use", "[]" }, { "key_ops", "[\"verify\"]" }, { "key_ops", "\"verify\"" }, { "key_ops", "5" },
        { "x5c", "\"garbage\"" }, { "x5c", "[\"AQAB\"]" }, { "x5c", "[]" }, { "x5t", "5" }, { "x5u", "\"file:///etc/passwd\"" }, { "oth", "1e300" }, { "crv", "5" }, { "ext", "true" }, { "kid", "null" }, { "k", "\"AQAB\"" },
    };

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Knows_a_signature_of_each_algorithm_and_an_altered_one(string algorithm)
    {
        using AsymmetricAlgorithm own = KeyFor(algorithm);
        using AsymmetricAlgorithm other = KeyFor(algorithm);
        string token = Sign(algorithm, own, """{"a":1}""");
        string altered = Sign(algorithm, own, """{"a":1}""", """{"a":2}""");

        Assert.Equal((SignatureResult.Valid, null), TokenSignature.Verify(token, Key(own)));
        Assert.Equal(SignatureResult.Invalid, TokenSignature.Verify(token, Key(other)).Result);
        Assert.Equal(SignatureResult.Invalid, TokenSignature.Verify(altered, Key(own)).Result);
    }

    [Theory]
    [MemberData(nameof(Payloads))]
    public void Does_not_read_the_payload(string payload) => Assert.Equal((SignatureResult.Valid, null), TokenSignature.Verify(Sign("RS256", rsa, payload), Key(rsa)));

    [Theory]
    [MemberData(nameof(Members))]
    public void Reads_nothing_of_the_key_but_its_numbers(string member, string value) =>
        Assert.Equal((SignatureResult.Valid, null), TokenSignature.Verify(Sign("RS256", rsa, "{}"), Key(rsa, jwk => jwk[member] = JsonNode.Parse(value))));

    [Fact]
    public void Zero_bytes_before_a_number_do_not_change_it()
    {
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        JsonObject jwk = JsonNode.Parse(Encoding.UTF8.GetString(Key(ec).Member.Span))!.AsObject();

        Assert.Equal(SignatureResult.Valid, TokenSignature.Verify(Sign("RS256", rsa, "{}"), Key(rsa, key => key["n"] = Zero(key["n"]!.GetValue<string>()))).Result);
        Assert.Equal(SignatureResult.Valid, TokenSignature.Verify(Sign("RS256", rsa, "{}"), Key(rsa, key => key["e"] = Zero(key["e"]!.GetValue<string>()))).Result);
        Assert.Equal(SignatureResult.Valid, TokenSignature.Verify(Sign("ES256", ec, "{}"), Key(ec, key => key["x"] = Zero(jwk["x"]!.GetValue<string>()))).Result);
    }

    [Theory]
    [InlineData("n", "", "no well-formed n")]
    [InlineData("n", "AQAB====", "no well-formed n")]
    [InlineData("n", "AQAB", "n has 17 bits, too few to verify with (Go and Microsoft.IdentityModel require 1024)")]
    [InlineData("e", "AQ", "e is smaller than 3")]
    [InlineData("e", "AA", "e is smaller than 3")]
    [InlineData("e", "AQAA", "e is even")]
    [InlineData("e", "AQAAAAAAAAE", "e is larger than 31 bits")]
    [InlineData("kty", "AKP", "type \"AKP\" has no RSA or EC key")]
    public void Calls_a_key_that_cannot_be_read_no_wrong_signature(string member, string value, string fault) =>
        Assert.Equal((SignatureResult.KeyUnreadable, fault), TokenSignature.Verify(Sign("RS256", rsa, "{}"), Key(rsa, jwk => jwk[member] = value)));

    [Theory]
    [InlineData("crv", "secp256k1", "no curve of JWS: \"secp256k1\"")]
    [InlineData("crv", "P-384", "x and y are not a point of the curve")]
    [InlineData("y", "AQAB", "x and y are not a point of the curve")]
    [InlineData("x", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB", "x and y are longer than a coordinate of P-256")]
    public void Calls_a_point_beside_its_curve_no_wrong_signature(string member, string value, string fault)
    {
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal((SignatureResult.KeyUnreadable, fault), TokenSignature.Verify(Sign("ES256", ec, "{}"), Key(ec, jwk => jwk[member] = value)));
    }

    [Theory]
    [InlineData("EdDSA")]
    [InlineData("HS256")]
    [InlineData("none")]
    [InlineData("rs256")]
    [InlineData("ES256K")]
    public void Says_of_an_algorithm_that_it_does_not_verify_it(string algorithm)
    {
        string token = $"{Encode($"{{\"alg\":\"{algorithm}\"}}")}.{Encode("{}")}.c2ln";

        Assert.Equal(SignatureResult.AlgorithmUnsupported, TokenSignature.Verify(token, Key(rsa)).Result);
    }

    [Fact]
    public void Says_what_does_not_fit()
    {
        using ECDsa p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        string token = Sign("ES256", p256, "{}");
        string signed = token[..token.LastIndexOf('.')];
        string der = $"{signed}.{Base64Url.EncodeToString(p256.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))}";

        Assert.Equal((SignatureResult.Invalid, "alg is \"ES256\", and the key is an RSA key"), TokenSignature.Verify(token, Key(rsa)));
        Assert.Equal((SignatureResult.Invalid, "alg is \"ES256\", and the key is an EC key of P-384"), TokenSignature.Verify(token, Key(p384)));
        Assert.Equal((SignatureResult.Invalid, "alg is \"RS256\", and the key is an EC key of P-256"), TokenSignature.Verify(Sign("RS256", rsa, "{}"), Key(p256)));
        Assert.Matches("^the signature has [0-9]+ bytes, and ES256 has 64 \\(r and s, not DER\\)$", TokenSignature.Verify(der, Key(p256)).Fault);
    }

    private static AsymmetricAlgorithm KeyFor(string algorithm) => algorithm switch
    {
        "ES256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        "ES384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        "ES512" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
        _ => RSA.Create(2048),
    };

    /// <param name="sent">The payload of the token where it is not the one that was signed.</param>
    private static string Sign(string algorithm, AsymmetricAlgorithm key, string payload, string? sent = null)
    {
        string header = Encode($"{{\"alg\":\"{algorithm}\",\"kid\":\"a\"}}");
        byte[] signed = Encoding.ASCII.GetBytes($"{header}.{Encode(payload)}");
        HashAlgorithmName hash = new($"SHA{algorithm[2..]}");
        byte[] signature = key is RSA own
            ? own.SignData(signed, hash, algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
            : ((ECDsa)key).SignData(signed, hash);
        return $"{header}.{Encode(sent ?? payload)}.{Base64Url.EncodeToString(signature)}";
    }

    private static SigningKey Key(AsymmetricAlgorithm key, Action<JsonObject>? change = null)
    {
        JsonObject jwk = new() { ["kid"] = "a" };
        if (key is RSA own)
        {
            RSAParameters numbers = own.ExportParameters(includePrivateParameters: false);
            (jwk["kty"], jwk["n"], jwk["e"]) = ("RSA", Base64Url.EncodeToString(numbers.Modulus), Base64Url.EncodeToString(numbers.Exponent));
        }
        else
        {
            ECPoint point = ((ECDsa)key).ExportParameters(includePrivateParameters: false).Q;
            string curve = point.X!.Length switch { 32 => "P-256", 48 => "P-384", _ => "P-521" };
            (jwk["kty"], jwk["crv"], jwk["x"], jwk["y"]) = ("EC", curve, Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        }

        change?.Invoke(jwk);
        return Assert.Single(KeySet.Parse(Build.Utf8($"{{\"keys\":[{jwk.ToJsonString()}]}}"), out _)!.Keys);
    }

    private static string Zero(string number) => Base64Url.EncodeToString([0, .. Base64Url.DecodeFromChars(number)]);

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
