using System.Text;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

public sealed class KeySetTests
{
    [Fact]
    public void Reads_what_a_real_API_server_sends()
    {
        KeySet? keys = KeySet.Parse(Recorded.Body("jwks-two-rsa-one-ec"), out Finding? fault);

        Assert.Null(fault);
        Assert.Equal(["F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o", "UN9Oqr8ig7nw1YNNIrFGma2uSQ7CojgKl_Jrkpk5AVE", "4VtEomRub6HPYwh3Q714XmuKwRuqYBjfE0SX6q9GMOE"],
            keys!.Keys.Select(key => key.KeyId));
        Assert.Equal(["RSA", "RSA", "EC"], keys.Keys.Select(key => key.KeyType));
        Assert.Equal(["RS256", "RS256", "ES256"], keys.Keys.Select(key => key.Algorithm));
        Assert.Equal([2048, 2048, null], keys.Keys.Select(key => key.RsaBits));
        Assert.Empty(FidelityRules.Validate(keys));
    }

    [Theory]
    [InlineData("jwks-one-rsa")]
    [InlineData("jwks-two-rsa-rotated")]
    [InlineData("jwks-two-rsa-one-ec")]
    public void Puts_verbatim_members_together_in_the_form_of_the_API_server(string recorded)
    {
        byte[] bytes = Recorded.Body(recorded);

        KeySet keys = KeySet.Parse(bytes, out _)!;

        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(KeySet.Of(keys.Keys).Bytes.Span));
    }

    [Fact]
    public void Keeps_each_member_as_it_was_spelt()
    {
        KeySet keys = KeySet.Parse("""{ "x":{"keys":[{}]}, "keys" : [ { "kid" : "a\u0062", "kty":"RSA" } , {"kty":"EC","x5c":[{"keys":1}]}] }"""u8.ToArray(), out _)!;

        Assert.Equal(["""{ "kid" : "a\u0062", "kty":"RSA" }""", """{"kty":"EC","x5c":[{"keys":1}]}"""],
            keys.Keys.Select(key => Encoding.UTF8.GetString(key.Member.Span)));
        Assert.Equal("ab", keys.Keys[0].KeyId);
    }

    [Theory]
    [InlineData("{}", "JWK Set: no member \"keys\" that is an array of objects")]
    [InlineData("{\"keys\":{}}", "JWK Set: no member \"keys\" that is an array of objects")]
    [InlineData("{\"keys\":[1]}", "JWK Set: no member \"keys\" that is an array of objects")]
    [InlineData("{\"keys\":[{\"kid\":\"a\",\"kid\":\"b\"}]}", "JWK Set: a duplicate member \"kid\"")]
    [InlineData("{\"keys\":[],\"keys\":[]}", "JWK Set: a duplicate member \"keys\"")]
    [InlineData("{\"keys\":[{\"kid\":\"\\ud800\"}]}", "JWK Set: an unpaired surrogate escape")]
    [InlineData("{\"keys\":[],\"\\udc00\":1}", "JWK Set: an unpaired surrogate escape")]
    [InlineData("{\"keys\":[", "JWK Set: invalid JSON at line 1, byte 9")]
    public void Rejects_what_is_no_set(string json, string message)
    {
        Assert.Null(KeySet.Parse(Build.Utf8(json), out Finding? fault));
        Assert.Equal("key-set-malformed", fault!.Rule);
        Assert.Equal(message, fault.Message);
    }

    [Theory]
    [InlineData("""{"keys":[{"kty":"RSA"}],"x":[{"kty":"EC"}],"y":{"keys":[{"kty":"EC"}]}}""")]
    [InlineData("""{"x":[{"kty":"EC"}],"keys":[{"kty":"RSA"}]}""")]
    public void Takes_the_keys_of_its_own_array_only(string json) =>
        Assert.Equal("""{"kty":"RSA"}""", Encoding.UTF8.GetString(KeySet.Parse(Build.Utf8(json), out _)!.Keys.Single().Member.Span));
}
