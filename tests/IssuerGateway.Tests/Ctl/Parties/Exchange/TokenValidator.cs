using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Ctl.Parties.Exchange;

/// <summary>A token as a stand-in of a party reads it: parts, claims, and whether a key of the set signed it.</summary>
internal sealed class TokenValidator
{
    private readonly string[] parts;

    private TokenValidator(string[] parts, JsonNode header, JsonNode claims)
    {
        this.parts = parts;
        Header = header;
        Claims = claims;
    }

    public JsonNode Header { get; }

    public JsonNode Claims { get; }

    public string Algorithm => (string)Header["alg"]!;

    public string[] Audiences => Claims["aud"] switch { JsonArray list => [.. list.Select(each => (string)each!)], JsonValue one => [(string)one!], _ => [] };

    public string? Issuer => (string?)Claims["iss"];

    public string? Subject => (string?)Claims["sub"];

    public long? Time(string claim) => (long?)Claims[claim];

    public static TokenValidator? Read(string token)
    {
        string[] parts = token.Split('.');
        return parts.Length != 3 ? null : new TokenValidator(parts, JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!, JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!);
    }

    /// <summary>As go-jose reads a set: one key of a type or form that it does not know breaks the whole set.</summary>
    public static bool IsWholeSetReadable(JsonArray keys) => keys.All(key => (string?)key!["kty"] switch
    {
        "RSA" => key["n"] is not null && key["e"] is not null,
        "EC" => (string?)key["crv"] == "P-256" && Base64Url.DecodeFromChars((string)key["x"]!).Length == 32,
        _ => false,
    });

    /// <summary>Whether the key that the header names, or any when it names none, verifies the signature.</summary>
    public bool IsSignedBy(JsonArray keys)
    {
        string? kid = (string?)Header["kid"];
        return keys.Where(key => kid is null || (string?)key!["kid"] == kid).Any(key => Verifies(key!));
    }

    private bool Verifies(JsonNode key)
    {
        byte[] data = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature = Base64Url.DecodeFromChars(parts[2]);
        if ((string?)key["kty"] == "RSA" && Algorithm is "RS256" or "PS256")
        {
            using RSA rsa = RSA.Create(new RSAParameters { Modulus = Base64Url.DecodeFromChars((string)key["n"]!), Exponent = Base64Url.DecodeFromChars((string)key["e"]!) });
            return rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, Algorithm == "RS256" ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss);
        }

        if ((string?)key["kty"] == "EC" && Algorithm == "ES256")
        {
            using ECDsa ec = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Base64Url.DecodeFromChars((string)key["x"]!), Y = Base64Url.DecodeFromChars((string)key["y"]!) } });
            return ec.VerifyData(data, signature, HashAlgorithmName.SHA256);
        }

        return false;
    }
}
