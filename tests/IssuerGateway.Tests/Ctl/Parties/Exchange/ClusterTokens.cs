using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Ctl.Parties.Exchange;

/// <summary>The keys of a cluster in these tests: mints tokens and publishes the key set; made here, not by the code under test.</summary>
internal sealed class ClusterTokens : IDisposable
{
    public const string Issuer = "https://oidc.example.com/shop";
    public const string Subject = "system:serviceaccount:apps:shop";

    private readonly RSA rsa = RSA.Create(2048);
    private readonly ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA other = RSA.Create(2048);

    public void Dispose()
    {
        rsa.Dispose();
        ec.Dispose();
        other.Dispose();
    }

    public JsonArray Keys() =>
    [
        Rsa(rsa, "rsa"),
        new JsonObject { ["kty"] = "EC", ["kid"] = "ec", ["crv"] = "P-256", ["use"] = "sig", ["x"] = Encode(ec.ExportParameters(false).Q.X!), ["y"] = Encode(ec.ExportParameters(false).Q.Y!) },
    ];

    /// <param name="change">Changes claims after the defaults, which are those of a projected token.</param>
    public string Mint(string audience, Action<JsonObject>? change = null, string algorithm = "RS256", string? kid = null, bool foreignKey = false)
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        JsonObject claims = new() { ["aud"] = new JsonArray(audience), ["exp"] = now + 3600, ["iat"] = now, ["iss"] = Issuer, ["nbf"] = now, ["sub"] = Subject };
        change?.Invoke(claims);
        JsonObject header = new() { ["alg"] = algorithm, ["kid"] = kid ?? (algorithm == "ES256" ? "ec" : "rsa") };
        string text = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        byte[] data = Encoding.ASCII.GetBytes(text);
        RSA key = foreignKey ? other : rsa;
        byte[] signature = algorithm switch
        {
            "RS256" => key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "PS256" => key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            "ES256" => ec.SignData(data, HashAlgorithmName.SHA256),
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
        };
        return $"{text}.{Encode(signature)}";
    }

    private static JsonObject Rsa(RSA key, string kid)
    {
        RSAParameters parameters = key.ExportParameters(false);
        return new JsonObject { ["kty"] = "RSA", ["kid"] = kid, ["alg"] = "RS256", ["use"] = "sig", ["n"] = Encode(parameters.Modulus!), ["e"] = Encode(parameters.Exponent!) };
    }

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
