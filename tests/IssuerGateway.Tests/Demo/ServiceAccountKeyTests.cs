using System.Text;
using System.Text.Json;
using IssuerGateway.Demo.StandIn;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.Tests.Demo;

public sealed class ServiceAccountKeyTests
{
    private static readonly DateTimeOffset now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("jwks-one-rsa")]
    [InlineData("jwks-two-rsa-rotated")]
    [InlineData("jwks-two-rsa-one-ec")]
    public void Makes_of_recorded_keys_the_recorded_bytes_and_key_ids(string recorded)
    {
        Assert.Equal(Encoding.UTF8.GetString(Recorded.Body(recorded)), ApiDocuments.KeySet(RecordedKeys.Of(recorded)));
    }

    [Theory]
    [InlineData(SigningAlgorithm.RS256, "RSA", null)]
    [InlineData(SigningAlgorithm.ES256, "EC", "P-256")]
    [InlineData(SigningAlgorithm.ES384, "EC", "P-384")]
    [InlineData(SigningAlgorithm.ES512, "EC", "P-521")]
    internal async Task Signs_tokens_that_verify_with_the_published_key_and_with_no_other(SigningAlgorithm algorithm, string keyType, string? curve)
    {
        ServiceAccountKey key = ServiceAccountKey.Create(algorithm);
        MintedToken token = Mint(key);
        JsonWebKey published = new(key.Jwk);
        Assert.Equal((keyType, curve, algorithm.ToString(), "sig"), (published.Kty, published.Crv, published.Alg, published.Use));

        Assert.True(await VerifiesAsync(token.Text, published));
        Assert.False(await VerifiesAsync(token.Text, new JsonWebKey(ServiceAccountKey.Create(algorithm).JwkUnder(key.KeyId))));
    }

    [Fact]
    public void Mints_tokens_that_differ_from_recorded_ones_in_values_alone()
    {
        string recorded = Recorded.Token("token-azure-demo-exchange-audience");
        using JsonDocument claims = JsonDocument.Parse(Part(recorded, 1));
        JsonElement account = claims.RootElement.GetProperty("kubernetes.io").GetProperty("serviceaccount");
        DateTimeOffset issued = DateTimeOffset.FromUnixTimeSeconds(claims.RootElement.GetProperty("iat").GetInt64());
        ServiceAccountKey key = ServiceAccountKey.Create(keyId: RecordedKeys.Of("jwks-one-rsa")[0].KeyId);

        string minted = TokenMint.Mint(key, "https://issuer.example.test", new ServiceAccount("default", "azure-demo", account.GetProperty("uid").GetGuid()), ["api://AzureADTokenExchange"], issued, TimeSpan.FromHours(1)).Text;

        Assert.Equal(Part(recorded, 0), Part(minted, 0));
        using JsonDocument mintedClaims = JsonDocument.Parse(Part(minted, 1));
        string id = mintedClaims.RootElement.GetProperty("jti").GetString()!;
        Assert.Equal(Part(recorded, 1), Part(minted, 1).Replace(id, claims.RootElement.GetProperty("jti").GetString()));
        Assert.Equal(recorded.Length, minted.Length);
    }

    [Fact]
    public void Escapes_what_go_escapes()
    {
        Assert.Equal("\"a\\u0026b\\u003cc\\u003e\\\"é\"", GoJson.Text("a&b<c>\"é"));
    }

    [Fact]
    public void Gives_away_its_private_half_only_on_request()
    {
        ServiceAccountKey key = ServiceAccountKey.Create(SigningAlgorithm.ES256);

        using JsonDocument jwk = JsonDocument.Parse(key.PrivateJwk());
        Assert.Equal(["use", "kty", "kid", "crv", "alg", "x", "y", "d"], jwk.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(key.Jwk[..^1], key.PrivateJwk()[..(key.Jwk.Length - 1)]);
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----\n", key.PublicKeyPem);
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----\n", key.PrivateKeyPem);
    }

    private static MintedToken Mint(ServiceAccountKey key) =>
        TokenMint.Mint(key, "https://issuer.example.test", new ServiceAccount("default", "azure-demo", Guid.Empty), ["api://AzureADTokenExchange"], now, TimeSpan.FromHours(1));

    private static async Task<bool> VerifiesAsync(string token, JsonWebKey key)
    {
        TokenValidationResult result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = "https://issuer.example.test",
            ValidAudience = "api://AzureADTokenExchange",
            IssuerSigningKey = key,
            ValidateLifetime = false,
        });
        return result.IsValid;
    }

    private static string Part(string token, int index) => Base64UrlEncoder.Decode(token.Split('.')[index]);
}
