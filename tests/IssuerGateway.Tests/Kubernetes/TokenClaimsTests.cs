using System.Buffers.Text;
using System.Text;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Tests.Kubernetes;

public sealed class TokenClaimsTests
{
    [Fact]
    public void Reads_the_claims_of_a_recorded_token()
    {
        TokenClaims? claims = TokenClaims.Read(Recorded.Token("token-azure-demo-default-audience"));

        Assert.Equal("https://issuer.example.test", claims?.Issuer);
        Assert.Equal(TimeSpan.FromHours(1), claims?.ExpiresAt - claims?.IssuedAt);
    }

    [Theory]
    [InlineData("""{"iss":"https://a","iat":1.5,"exp":2}""", "https://a", 1500L, 2000L)]
    [InlineData("""{"iss":"https://a/"}""", "https://a/", null, null)]
    [InlineData("""{"iss":1,"iat":"1","exp":-1}""", null, null, null)]
    [InlineData("""{"exp":1e300}""", null, null, null)]
    public void Takes_claims_of_the_right_type_only(string payload, string? issuer, long? issuedAt, long? expiresAt)
    {
        TokenClaims? claims = TokenClaims.Read(TokenOf(payload));

        Assert.NotNull(claims);
        Assert.Equal((issuer, issuedAt, expiresAt), (claims.Issuer, claims.IssuedAt?.ToUnixTimeMilliseconds(), claims.ExpiresAt?.ToUnixTimeMilliseconds()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("opaque")]
    [InlineData("a.b")]
    [InlineData("a.!.c")]
    [InlineData("a.b.c.d")]
    public void What_is_no_compact_JWS_has_no_claims(string token) => Assert.Null(TokenClaims.Read(token));

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"iss":"https://a","iss":"https://b"}""")]
    public void A_payload_that_is_no_plain_object_has_no_claims(string payload) => Assert.Null(TokenClaims.Read(TokenOf(payload)));

    [Fact]
    public void A_token_of_absurd_length_is_not_parsed() =>
        Assert.Null(TokenClaims.Read(TokenOf($$"""{"iss":"https://a","x":"{{new string('x', 17000)}}"}""")));

    private static string TokenOf(string payload) => $"h.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.s";
}
