using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>Signs id_tokens with the claims that Entra puts into them (v2.0 endpoint) and publishes the key.</summary>
internal sealed class TenantTokens(TenantDirectory directory, TimeProvider time)
{
    private const string KeyId = "entra-key-1";

    // One for all tests: making an RSA key takes longer than any of them.
    private static readonly RSA rsa = RSA.Create(2048);

    public static JsonObject KeySet()
    {
        RSAParameters numbers = rsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(new JsonObject
            {
                ["kty"] = "RSA", ["use"] = "sig", ["kid"] = KeyId,
                ["n"] = Base64UrlEncoder.Encode(numbers.Modulus), ["e"] = Base64UrlEncoder.Encode(numbers.Exponent),
            }),
        };
    }

    /// <summary>The nonce is that of the sign-in; at a refresh Entra sends none.</summary>
    public string IdToken(Person person, string? nonce)
    {
        DateTimeOffset now = time.GetUtcNow();
        JsonObject claims = new()
        {
            ["aud"] = directory.ClientId,
            ["iss"] = $"https://{TenantStandIn.Host}/{directory.Tenant}/v2.0",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.Add(directory.IdTokenLife).ToUnixTimeSeconds(),
            ["name"] = person.Name,
            ["oid"] = $"object-of-{person.Name}",
            ["preferred_username"] = $"{person.Name}@example.com",
            ["sub"] = $"subject-of-{person.Name}",
            ["tid"] = directory.Tenant,
            ["ver"] = "2.0",
        };
        Add(claims, "email", person.Email);
        Add(claims, "nonce", nonce);
        Add(claims, "groups", directory.SendsGroups ? person.Groups : []);
        Add(claims, "roles", person.Roles);
        string signed = $"{Base64UrlEncoder.Encode($$"""{"typ":"JWT","alg":"RS256","kid":"{{KeyId}}"}""")}.{Base64UrlEncoder.Encode(claims.ToJsonString())}";
        byte[] signature = rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64UrlEncoder.Encode(signature)}";
    }

    private static void Add(JsonObject claims, string name, string? value)
    {
        if (value is not null)
        {
            claims[name] = value;
        }
    }

    // A claim without values is absent, never an empty array.
    private static void Add(JsonObject claims, string name, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            claims[name] = new JsonArray([.. values.Select(value => (JsonNode)value)]);
        }
    }
}
