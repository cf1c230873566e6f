using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Tests.Demo;

/// <summary>The public keys of a recorded JWK Set, for a stand-in to publish; they cannot sign.</summary>
internal static class RecordedKeys
{
    public static IReadOnlyList<ServiceAccountKey> Of(string name)
    {
        using JsonDocument set = JsonDocument.Parse(Recorded.Body(name));
        return [.. set.RootElement.GetProperty("keys").EnumerateArray().Select(jwk => new ServiceAccountKey(Read(jwk)))];
    }

    private static AsymmetricAlgorithm Read(JsonElement jwk) => jwk.GetProperty("kty").GetString() == "RSA"
        ? RSA.Create(new RSAParameters { Modulus = Bytes(jwk, "n"), Exponent = Bytes(jwk, "e") })
        : ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Bytes(jwk, "x"), Y = Bytes(jwk, "y") } });

    private static byte[] Bytes(JsonElement jwk, string name) => Base64Url.DecodeFromChars(jwk.GetProperty(name).GetString());
}
