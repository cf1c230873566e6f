using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>A small public issuer that serves two documents and signs tokens in the form of Kubernetes: only alg and kid in the header.</summary>
internal sealed class StaticIssuer : IAsyncDisposable
{
    public const string Host = "oidc.example.com";
    public const string Identifier = $"https://{Host}";

    // One for all tests: making an RSA key takes longer than any of them.
    private static readonly RSA rsa = RSA.Create(2048);
    private static readonly ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private readonly WebApplication app;

    private StaticIssuer()
    {
        Certificate = StandInCertificate.Create(Host, "other.example.com", "localhost");
        app = LoopbackApp.Build(Certificate);
        app.Run(RespondAsync);
    }

    /// <summary>For the issuer's host, other.example.com and localhost; its own root.</summary>
    public X509Certificate2 Certificate { get; }

    public int Port { get; private set; }

    /// <summary>What is served, by path; a test changes it to make its mistake.</summary>
    public Dictionary<string, (int Status, string Body)> Responses { get; } = [];

    public static async Task<StaticIssuer> StartAsync()
    {
        StaticIssuer issuer = new();
        await issuer.app.StartAsync();
        issuer.Port = issuer.app.Port();
        issuer.Publish("key-1", "key-ec");
        return issuer;
    }

    public void Publish(params string[] keyIds)
    {
        Responses["/.well-known/openid-configuration"] = (200,
            $$"""{"issuer":"{{Identifier}}","jwks_uri":"{{Identifier}}/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""");
        Responses["/openid/v1/jwks"] = (200, new JsonObject { ["keys"] = new JsonArray([.. keyIds.Select(Key)]) }.ToJsonString());
    }

    /// <summary>A token with these claims in place of the good ones; a null value drops the claim.</summary>
    public static string Mint(DateTimeOffset now, JsonObject? claims = null, string keyId = "key-1", string algorithm = "RS256", string? type = null)
    {
        JsonObject payload = new()
        {
            ["aud"] = new JsonArray("api://AzureADTokenExchange"),
            ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["iss"] = Identifier,
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["sub"] = "system:serviceaccount:azure-demo:azure-demo",
        };
        foreach ((string name, JsonNode? value) in claims ?? [])
        {
            payload.Remove(name);
            if (value is not null)
            {
                payload[name] = value.DeepClone();
            }
        }

        JsonObject header = new() { ["alg"] = algorithm, ["kid"] = keyId };
        if (type is not null)
        {
            header["typ"] = type;
        }

        string signed = $"{Base64UrlEncoder.Encode(header.ToJsonString())}.{Base64UrlEncoder.Encode(payload.ToJsonString())}";
        byte[] bytes = Encoding.ASCII.GetBytes(signed);
        byte[] signature = algorithm == "ES256" ? ec.SignData(bytes, HashAlgorithmName.SHA256) : rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64UrlEncoder.Encode(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Certificate.Dispose();
    }

    private Task RespondAsync(HttpContext context)
    {
        (int status, string body) = Responses.GetValueOrDefault(context.Request.Path.Value!, (404, ""));
        context.Response.StatusCode = status;
        context.Response.ContentType = context.Request.Path.Value == "/openid/v1/jwks" ? "application/jwk-set+json" : "application/json";
        context.Response.ContentLength = Encoding.UTF8.GetByteCount(body);
        context.Response.Headers.CacheControl = "public, max-age=300";
        context.Response.Headers.Location = "/elsewhere";
        return context.Response.WriteAsync(body);
    }

    private static JsonObject Key(string keyId)
    {
        if (keyId.EndsWith("-ec", StringComparison.Ordinal))
        {
            ECParameters point = ec.ExportParameters(includePrivateParameters: false);
            return new JsonObject { ["use"] = "sig", ["kty"] = "EC", ["kid"] = keyId, ["alg"] = "ES256", ["crv"] = "P-256", ["x"] = Base64UrlEncoder.Encode(point.Q.X), ["y"] = Base64UrlEncoder.Encode(point.Q.Y) };
        }

        RSAParameters numbers = rsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject { ["use"] = "sig", ["kty"] = "RSA", ["kid"] = keyId, ["alg"] = "RS256", ["n"] = Base64UrlEncoder.Encode(numbers.Modulus), ["e"] = Base64UrlEncoder.Encode(numbers.Exponent) };
    }
}
