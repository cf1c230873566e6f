using System.Buffers.Text;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

public sealed class VerificationKeyTests
{
    [Theory]
    [InlineData(1023, "AQAB", "n has 1023 bits, too few to verify with (Go and Microsoft.IdentityModel require 1024)")]
    [InlineData(1024, "AQAB", null)]
    [InlineData(16384, "AQAB", null)]
    [InlineData(16385, "AQAB", "n has 16385 bits, and at most 16384 are verified with")]
    [InlineData(2048, "Aw", null)]
    [InlineData(2048, "AQ", "e is smaller than 3")]
    [InlineData(2048, "AA", "e is smaller than 3")]
    [InlineData(2048, "AgAA", "e is even")]
    [InlineData(2048, "BA", "e is even")]
    [InlineData(2048, "f____w", null)]
    [InlineData(2048, "gAAAAQ", "e is larger than 31 bits")]
    [InlineData(2048, "AQAAAAE", "e is larger than 31 bits")]
    public void Verifies_with_an_RSA_key_in_the_bounds(int bits, string exponent, string? fault)
    {
        Assert.Equal(fault is null, Read($$"""{"kty":"RSA","n":"{{Modulus(bits, last: 1)}}","e":"{{exponent}}"}""", out string? found) is { IsRsa: true });
        Assert.Equal(fault, found);
    }

    [Fact]
    public void Does_not_verify_with_an_even_modulus()
    {
        Assert.Null(Read($$"""{"kty":"RSA","n":"{{Modulus(2048, last: 2)}}","e":"AQAB"}""", out string? fault));
        Assert.Equal("n is even", fault);
    }

    [Fact]
    public void Does_not_verify_with_a_modulus_of_zeros()
    {
        Assert.Null(Read("""{"kty":"RSA","n":"AAAA","e":"AQAB"}""", out string? fault));
        Assert.Equal("n has 0 bits, too few to verify with (Go and Microsoft.IdentityModel require 1024)", fault);
    }

    [Theory]
    [InlineData("P-256", "AQAB", "AQAB", "x and y are not a point of the curve")]
    [InlineData("P-224", "AQAB", "AQAB", "no curve of JWS: \"P-224\"")]
    [InlineData("P-256", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AQAB", "x and y are longer than a coordinate of P-256")]
    [InlineData("P-256", "AQAB", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x and y are longer than a coordinate of P-256")]
    public void Does_not_verify_with_a_point_beside_its_curve(string curve, string x, string y, string fault)
    {
        Assert.Null(Read($$"""{"kty":"EC","crv":"{{curve}}","x":"{{x}}","y":"{{y}}"}""", out string? found));
        Assert.Equal(fault, found);
    }

    private static VerificationKey? Read(string jwk, out string? fault) => VerificationKey.Read(Build.Keys(jwk).Keys[0], out fault);

    private static string Modulus(int bits, byte last)
    {
        byte[] bytes = new byte[(bits + 7) / 8];
        bytes[0] = (byte)(1 << ((bits + 7) % 8));
        bytes[^1] = last;
        return Base64Url.EncodeToString(bytes);
    }
}
