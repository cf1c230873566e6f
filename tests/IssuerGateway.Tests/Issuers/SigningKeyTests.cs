using System.Buffers.Text;
using System.Security.Cryptography;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

public sealed class SigningKeyTests
{
    [Theory]
    [InlineData("jwks-one-rsa")]
    [InlineData("jwks-two-rsa-one-ec")]
    public void Knows_a_kid_that_Kubernetes_derives_from_the_key(string recorded) =>
        Assert.All(KeySet.Parse(Recorded.Body(recorded), out _)!.Keys, key => Assert.True(key.IsNamedByItself()));

    [Theory]
    [InlineData("jwks-one-rsa")]
    [InlineData("jwks-two-rsa-one-ec")]
    public void Knows_the_form_in_which_Kubernetes_writes_keys(string recorded) =>
        Assert.All(KeySet.Parse(Recorded.Body(recorded), out _)!.Keys, key => Assert.True(key.IsOfKubernetes()));

    [Theory]
    [InlineData("\"use\":\"sig\"", "\"use\":\"enc\"")]
    [InlineData("\"use\":\"sig\",", "")]
    [InlineData("\"alg\":\"RS256\"", "\"alg\":\"RS512\"")]
    [InlineData("\"kid\":\"a\"", "\"kid\":\"\"")]
    [InlineData("\"kid\":\"a\",", "")]
    [InlineData("\"use\"", "\"crv\":\"P-256\",\"use\"")]
    [InlineData("\"kty\":\"RSA\"", "\"kty\":\"EC\"")]
    public void Knows_another_form(string member, string other)
    {
        Assert.True(Build.Keys(Build.Rsa("a")).Keys[0].IsOfKubernetes());

        Assert.False(Build.Keys(Build.Rsa("a").Replace(member, other, StringComparison.Ordinal)).Keys[0].IsOfKubernetes());
    }

    [Theory]
    [InlineData("jwks-one-rsa")]
    [InlineData("jwks-two-rsa-one-ec")]
    public void Knows_a_kid_that_was_made_for_another_key(string recorded)
    {
        string json = System.Text.Encoding.UTF8.GetString(Recorded.Body(recorded));
        foreach (SigningKey key in KeySet.Parse(Recorded.Body(recorded), out _)!.Keys)
        {
            KeySet renamed = KeySet.Parse(Build.Utf8(json.Replace(key.KeyId!, "another", StringComparison.Ordinal)), out _)!;
            Assert.False(renamed.Keys.Single(other => other.KeyId == "another").IsNamedByItself());
        }
    }

    [Theory]
    [InlineData("""{"kty":"RSA","kid":"a","n":"AQAB"}""")]
    [InlineData("""{"kty":"RSA","kid":"a","n":"","e":""}""")]
    [InlineData("""{"kty":"RSA","kid":"a","n":"AAAA","e":"AQAB"}""")]
    [InlineData("""{"kty":"RSA","kid":"a","n":"AQAB","e":"AA"}""")]
    [InlineData("""{"kty":"RSA","kid":"a","n":"!","e":"AQAB"}""")]
    [InlineData("""{"kty":"EC","kid":"a","crv":"P-256","x":"AQAB","y":"AQAB"}""")]
    [InlineData("""{"kty":"EC","kid":"a","crv":"secp256k1","x":"AQAB","y":"AQAB"}""")]
    [InlineData("""{"kty":"OKP","kid":"a","crv":"Ed25519","x":"AQAB"}""")]
    public void Finds_no_kid_of_Kubernetes_on_a_key_that_is_none(string jwk) => Assert.False(Build.Keys(jwk).Keys[0].IsNamedByItself());

    [Fact]
    public void Knows_the_kid_of_a_key_on_each_curve()
    {
        foreach ((string name, ECCurve curve) in new[] { ("P-256", ECCurve.NamedCurves.nistP256), ("P-384", ECCurve.NamedCurves.nistP384), ("P-521", ECCurve.NamedCurves.nistP521) })
        {
            using ECDsa ec = ECDsa.Create(curve);
            ECPoint point = ec.ExportParameters(includePrivateParameters: false).Q;
            string kid = Base64Url.EncodeToString(SHA256.HashData(ec.ExportSubjectPublicKeyInfo()));

            Assert.True(Build.Keys($$"""{"kty":"EC","kid":"{{kid}}","crv":"{{name}}","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""").Keys[0].IsNamedByItself());
        }
    }

    [Fact]
    public void Is_known_across_servers_by_its_kid_and_else_by_its_bytes()
    {
        IReadOnlyList<SigningKey> keys = Build.Keys("""{"kid":"a"}""", """{"kty":"RSA"}""", """{"kty":"EC"}""").Keys;

        Assert.Equal("a", keys[0].Identity);
        Assert.Equal("sha256:" + Convert.ToHexStringLower(SHA256.HashData("""{"kty":"RSA"}"""u8)), keys[1].Identity);
        Assert.NotEqual(keys[1].Identity, keys[2].Identity);
    }

    [Theory]
    [InlineData("""{"kty":"RSA","n":"AQAB"}""", 17)]
    [InlineData("""{"kty":"RSA","n":"AAEAAQ"}""", 17)]
    [InlineData("""{"kty":"RSA","n":"gAAA"}""", 24)]
    [InlineData("""{"kty":"RSA","n":"AA"}""", 0)]
    [InlineData("""{"kty":"RSA","n":"!"}""", null)]
    [InlineData("""{"kty":"RSA"}""", null)]
    [InlineData("""{"kty":"EC","n":"AQAB"}""", null)]
    public void Counts_the_bits_of_an_RSA_modulus(string jwk, int? bits) => Assert.Equal(bits, Build.Keys(jwk).Keys[0].RsaBits);

    [Theory]
    [InlineData("""{"kty":"RSA","n":"AAEAAQ","e":"AQAB"}""", """{"kty":"RSA","e":"AAEAAQ","n":"AQAB","alg":"RS256","kid":"a"}""", true)]
    [InlineData("""{"kty":"RSA","n":"AQAB","e":"AQAB"}""", """{"kty":"RSA","n":"AQAD","e":"AQAB"}""", false)]
    [InlineData("""{"kty":"RSA","n":"!","e":"AQAB"}""", """{"kty":"RSA","n":"?","e":"AQAB"}""", false)]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"AQAB"}""", """{"x":"AQAB","crv":"Ed25519","kty":"OKP","use":"sig","kid":"a","x5c":["a"]}""", true)]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"AQAB"}""", """{"kty":"OKP","crv":"Ed25519","x":"AQAD"}""", false)]
    public void Has_the_same_material_in_each_spelling_of_one_key(string one, string other, bool same) =>
        Assert.Equal(same, Build.Keys(one).Keys[0].Material == Build.Keys(other).Keys[0].Material);

    [Theory]
    [InlineData("""{"alg":"PS512","kty":"RSA"}""", "PS512")]
    [InlineData("""{"kty":"RSA"}""", "PS256 PS384 PS512 RS256 RS384 RS512")]
    [InlineData("""{"kty":"EC","alg":""}""", "ES256 ES384 ES512")]
    [InlineData("""{"kty":"OKP"}""", "")]
    [InlineData("""{"alg":"none","kty":"RSA"}""", "")]
    [InlineData("""{"alg":"None","kty":"RSA"}""", "")]
    [InlineData("""{"alg":"HS256","kty":"oct"}""", "")]
    [InlineData("""{"alg":"hs512","kty":"oct"}""", "")]
    public void Signs_with_its_own_algorithm_and_else_with_those_of_its_type(string jwk, string algorithms) =>
        Assert.Equal(algorithms, string.Join(' ', SigningAlgorithms.Of(Build.Keys(jwk).Keys).Order(StringComparer.Ordinal)));
}
