using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

public sealed class FidelityRulesTests
{
    private const string KeySetUri = "https://issuer.example.test/openid/v1/jwks";

    [Theory]
    [InlineData("https://a.example.test/", "https://a.example.test", "trailing slash")]
    [InlineData("https://a.example.test", "https://a.example.test/", "trailing slash")]
    [InlineData("https://a.example.test", "https://A.example.test", "letter case")]
    [InlineData("https://a.example.test/x", "https://a.example.test/X", "letter case")]
    [InlineData("https://a.example.test", "https://a.example.test:443", "default port")]
    [InlineData("https://a.example.test:443/x", "https://a.example.test/x", "default port")]
    [InlineData("https://a.example.test:443", "https://A.example.test/", "default port, trailing slash and letter case")]
    [InlineData("https://[::1]:443", "https://[::1]", "default port")]
    [InlineData("https://a.example.test/x:443", "https://a.example.test/x", "path")]
    [InlineData("https://a.example.test:4443", "https://a.example.test", "port")]
    [InlineData("https://a.example.test:8443", "https://a.example.test:6443", "port")]
    [InlineData("https://a.example.test", "http://a.example.test", "scheme")]
    [InlineData("https://a.example.test", "https://b.example.test", "host")]
    [InlineData("https://a.example.test/x", "https://a.example.test/y", "path")]
    [InlineData("https://a.example.test/x", "https://b.example.test:1/y", "host, port and path")]
    [InlineData("https://a.example.test", "https://a.example.test ", "white space")]
    [InlineData("https://a.example.test", "a.example.test", "scheme")]
    [InlineData("https://a.example.test", "", "scheme and host")]
    [InlineData("https://a.example.test", "https://:1", "host and port")]
    [InlineData("https://a.example.test", "://a.example.test", "scheme")]
    [InlineData("https://[::1]:1", "https://[::1]:2", "port")]
    [InlineData("https://[::1]", "https://[::2]", "host")]
    [InlineData("https://a.example.test/x", "https:///x", "host")]
    public void Names_a_near_miss_of_the_issuer_for_what_it_is(string identifier, string found, string difference)
    {
        Finding finding = Assert.Single(FidelityRules.IssuerIsExact(Build.Identifier(identifier), Build.Discovery($$"""{"issuer":"{{found}}"}""")));

        Assert.Equal("issuer-mismatch", finding.Rule);
        Assert.Equal(Severity.Error, finding.Severity);
        Assert.Equal($"issuer \"{identifier}\": {difference} {(difference.Contains(" and ", StringComparison.Ordinal) ? "differ" : "differs")} from discovery document \"{found}\"", finding.Message);
        Assert.Equal($"set Identifier to \"{found}\", or --service-account-issuer of the API server to \"{identifier}\"", finding.Hint);
    }

    [Theory]
    [InlineData("https://issuer.example.test")]
    [InlineData("https://issuer.example.test/")]
    [InlineData("https://issuer.example.test:443/A")]
    public void Accepts_the_exact_issuer(string identifier) =>
        Assert.Empty(FidelityRules.IssuerIsExact(Build.Identifier(identifier), Build.Discovery($$"""{"issuer":"{{identifier}}"}""")));

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"issuer\":null}")]
    [InlineData("{\"issuer\":[\"https://issuer.example.test\"]}")]
    public void Rejects_a_document_without_issuer(string json) =>
        Assert.Equal("issuer-missing", Assert.Single(FidelityRules.IssuerIsExact(Build.Identifier(), Build.Discovery(json))).Rule);

    [Fact]
    public void Never_repeats_control_characters_or_endless_text_of_the_upstream()
    {
        Finding finding = Assert.Single(FidelityRules.IssuerIsExact(Build.Identifier(), Build.Discovery($$"""{"issuer":"\u001b[2J{{new string('x', 500)}}"}""")));

        Assert.Equal($"issuer \"{Build.Url}\": scheme and host differ from discovery document \"?[2J{new string('x', 296)}...\"", finding.Message);
    }

    [Theory]
    [InlineData(KeySetUriPolicy.Publish, "https://192.0.2.10:6443/openid/v1/jwks", null)]
    [InlineData(KeySetUriPolicy.Publish, KeySetUri, null)]
    [InlineData(KeySetUriPolicy.Require, KeySetUri, null)]
    [InlineData(KeySetUriPolicy.Require, "https://192.0.2.10:6443/openid/v1/jwks", "jwks-uri-mismatch")]
    [InlineData(KeySetUriPolicy.Require, KeySetUri + "/", "jwks-uri-mismatch")]
    [InlineData(KeySetUriPolicy.Require, "https://ISSUER.example.test/openid/v1/jwks", "jwks-uri-mismatch")]
    internal void Validates_jwks_uri_by_policy(KeySetUriPolicy policy, string uri, string? rule) =>
        Assert.Equal(rule, FidelityRules.KeySetUriIsAllowed(Build.Issuer(policy: policy), Build.Discovery($$"""{"jwks_uri":"{{uri}}"}""")).SingleOrDefault()?.Rule);

    [Fact]
    public void Rejects_a_document_without_jwks_uri() =>
        Assert.Equal("jwks-uri-missing", Assert.Single(FidelityRules.KeySetUriIsAllowed(Build.Issuer(), Build.Discovery("{\"jwks_uri\":1}"))).Rule);

    [Theory]
    [InlineData("{\"a\":\"\"}", "discovery document: \"a\" is empty")]
    [InlineData("{\"a\":[]}", "discovery document: \"a\" is empty")]
    [InlineData("{\"a\":[\"x\",\"\"]}", "discovery document: \"a\" is empty")]
    public void Warns_of_an_empty_member(string json, string message)
    {
        Finding finding = Assert.Single(FidelityRules.NothingIsEmpty(Build.Discovery(json)));

        Assert.Equal(("discovery-member-empty", Severity.Warning, message), (finding.Rule, finding.Severity, finding.Message));
    }

    [Theory]
    [InlineData("response_types_supported", "AWS needs a value")]
    [InlineData("subject_types_supported", "AWS needs a value")]
    [InlineData("id_token_signing_alg_values_supported", "AWS needs a value")]
    [InlineData("other", "remove it at its source")]
    public void Says_what_to_do_about_an_empty_member(string member, string hint) =>
        Assert.Contains(hint, Assert.Single(FidelityRules.NothingIsEmpty(Build.Discovery($$"""{"{{member}}":[]}"""))).Hint, StringComparison.Ordinal);

    [Theory]
    [InlineData(100, "key-malformed")]
    [InlineData(101, "key-set-too-many")]
    public void Rejects_a_set_that_is_too_large_for_that_alone(int count, string rule) =>
        Assert.Equal(rule, FidelityRules.Validate(Build.Keys([.. Enumerable.Range(0, count).Select(i => $$"""{"kty":"RSA","kid":"k{{i}}","alg":"RS256","use":"sig"}""")])).Where(finding => finding.Severity == Severity.Error).Select(finding => finding.Rule).Distinct().Single());

    [Theory]
    [InlineData("https://issuer.example.test:8443", "issuer-port")]
    [InlineData("https://issuer.example.test/", "issuer-trailing-slash")]
    public void Warns_of_an_identifier_that_some_relying_party_dislikes(string identifier, string rule) =>
        Assert.Equal(rule, Assert.Single(FidelityRules.RelyingPartiesAcceptTheIdentifier(Build.Identifier(identifier))).Rule);

    [Theory]
    [InlineData(600, 0)]
    [InlineData(601, 1)]
    public void Warns_of_more_than_600_characters(int length, int findings) =>
        Assert.Equal(findings, FidelityRules.RelyingPartiesAcceptTheIdentifier(Build.Identifier("https://a.test/".PadRight(length, 'a'))).Count(finding => finding.Rule == "issuer-long"));

    [Fact]
    public void Rejects_an_empty_set() => Assert.Equal("key-set-empty", Assert.Single(FidelityRules.Validate(Build.Keys())).Rule);

    [Theory]
    [InlineData(100, 0)]
    [InlineData(101, 1)]
    public void Rejects_more_than_100_keys(int count, int findings) =>
        Assert.Equal(findings, FidelityRules.HasAtMost100Keys(Build.Keys([.. Enumerable.Range(0, count).Select(i => Build.Rsa($"k{i}"))])).Count());

    [Theory]
    [InlineData("d")]
    [InlineData("p")]
    [InlineData("q")]
    [InlineData("dp")]
    [InlineData("dq")]
    [InlineData("qi")]
    [InlineData("oth")]
    [InlineData("k")]
    [InlineData("priv")]
    public void Rejects_private_or_symmetric_members_of_any_key_type(string member)
    {
        foreach (string kty in (string[])["RSA", "EC", "oct", "OKP", "AKP", "future"])
        {
            KeySet keys = Build.Keys($$"""{"kid":"a","kty":"{{kty}}","{{member}}":"c2VjcmV0"}""");

            Finding finding = Assert.Single(FidelityRules.NothingIsPrivate(keys));

            Assert.Equal("private-key", finding.Rule);
            Assert.Equal($"JWK Set: kid \"a\" carries private or symmetric members ({member})", finding.Message);
            Assert.DoesNotContain("c2VjcmV0", finding.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Rejects_private_members_at_any_depth() =>
        Assert.Single(FidelityRules.NothingIsPrivate(Build.Keys("""{"kty":"future","inner":[{"d":"x"}]}""")));

    [Fact]
    public void Rejects_private_members_beside_the_keys()
    {
        KeySet keys = KeySet.Parse(Build.Utf8($$"""{"keys":[{{Build.Rsa("a")}}],"spare":[{"kty":"RSA","d":"c2VjcmV0"}]}"""), out _)!;

        Finding finding = Assert.Single(FidelityRules.Validate(keys));

        Assert.Equal(("private-key", Severity.Error, "JWK Set: carries private or symmetric members beside its keys (d)"), (finding.Rule, finding.Severity, finding.Message));
    }

    [Fact]
    public void Rejects_private_members_in_the_discovery_document()
    {
        Finding finding = Assert.Single(FidelityRules.NothingIsPrivate(Build.Discovery("""{"issuer":"https://a","jwks":{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}}""")));

        Assert.Equal(("private-key", Severity.Error, "discovery document: carries private or symmetric members (k)"), (finding.Rule, finding.Severity, finding.Message));
    }

    [Fact]
    public void Makes_one_finding_of_a_set_that_is_too_large_whatever_its_keys_are()
    {
        Finding finding = Assert.Single(FidelityRules.Validate(Build.Keys([.. Enumerable.Repeat("{}", 10_000)])));

        Assert.Equal(("key-set-too-many", "JWK Set: 10000 keys, expected at most 100"), (finding.Rule, finding.Message));
    }

    [Fact]
    public void Names_the_first_twenty_empty_members() =>
        Assert.Equal(20, FidelityRules.NothingIsEmpty(Build.Discovery($"{{{string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"m{i}\":\"\""))}}}")).Count());

    [Theory]
    [InlineData("AQ AB")]
    [InlineData("AQAB\\n")]
    [InlineData("AQA=")]
    [InlineData("AQ+/")]
    public void Rejects_a_member_that_is_not_base64url_as_JOSE_writes_it(string modulus) =>
        Assert.Equal("key-malformed", Assert.Single(FidelityRules.KeysAreWellFormed(Build.Keys($$"""{"kid":"a","kty":"RSA","alg":"RS256","use":"sig","e":"AQAB","n":"{{modulus}}"}"""))).Rule);

    [Fact]
    public void Accepts_public_members_with_similar_names() =>
        Assert.Empty(FidelityRules.NothingIsPrivate(Build.Keys("""{"kty":"AKP","pub":"x","dd":"y","kid":"k"}""")));

    [Theory]
    [InlineData(256, 0)]
    [InlineData(257, 1)]
    public void Rejects_a_kid_of_more_than_256_characters(int length, int findings) =>
        Assert.Equal(findings, FidelityRules.KeyIdsAreShort(Build.Keys($$"""{"kid":"{{new string('k', length)}}"}""")).Count());

    [Fact]
    public void Rejects_two_keys_with_one_kid()
    {
        Finding finding = Assert.Single(FidelityRules.KeyIdsAreUnique(Build.Keys(Build.Rsa("a"), Build.Rsa("a"), Build.Rsa("b"))));

        Assert.Equal(("kid-duplicate", "JWK Set: 2 keys have kid \"a\""), (finding.Rule, finding.Message));
    }

    [Theory]
    [InlineData("""{"kid":"a"}""", "JWK Set: kid \"a\" of type \"\" lacks a well-formed kty")]
    [InlineData("""{"kid":"a","kty":"RSA","n":"AQAB"}""", "JWK Set: kid \"a\" of type \"RSA\" lacks a well-formed e")]
    [InlineData("""{"kid":"a","kty":"RSA","n":"+/=","e":"AQAB"}""", "JWK Set: kid \"a\" of type \"RSA\" lacks a well-formed n")]
    [InlineData("""{"kid":"a","kty":"EC","crv":"P-256"}""", "JWK Set: kid \"a\" of type \"EC\" lacks a well-formed x, y")]
    public void Rejects_a_key_that_lacks_what_its_type_requires(string jwk, string message)
    {
        Finding finding = Assert.Single(FidelityRules.KeysAreWellFormed(Build.Keys(jwk)));

        Assert.Equal(("key-malformed", message), (finding.Rule, finding.Message));
    }

    [Theory]
    [InlineData("""{"kty":"RSA","alg":"RS256"}""", 0)]
    [InlineData("""{"kty":"RSA"}""", 0)]
    [InlineData("""{"kty":"RSA","alg":"PS256"}""", 1)]
    [InlineData("""{"kty":"EC","alg":"ES256"}""", 1)]
    [InlineData("""{"kty":"EC","alg":"RS256"}""", 1)]
    public void Warns_when_no_key_is_RS256(string jwk, int findings) => Assert.Equal(findings, FidelityRules.SomeKeyIsRs256(Build.Keys(jwk)).Count());

    [Theory]
    [InlineData("kQAB", 0)]
    [InlineData("AJEAAQ", 1)]
    public void Warns_of_a_modulus_with_a_leading_zero_byte(string modulus, int findings)
    {
        IReadOnlyList<Finding> found = [.. FidelityRules.ModuliAreMinimal(Build.Keys($$"""{"use":"sig","kty":"RSA","kid":"a","alg":"RS256","n":"{{modulus}}","e":"AQAB"}"""))];

        Assert.Equal(findings, found.Count);
        Assert.All(found, finding => Assert.Equal(("rsa-leading-zero", Severity.Warning), (finding.Rule, finding.Severity)));
    }

    [Theory]
    [InlineData(2048, 0)]
    [InlineData(1024, 1)]
    public void Warns_of_RSA_below_2048_bits(int bits, int findings) => Assert.Equal(findings, FidelityRules.RsaKeysAreLongEnough(Build.Keys(Build.Rsa("a", bits))).Count());

    [Theory]
    [InlineData("""{"kid":"a","alg":"RS256","use":"sig"}""", null)]
    [InlineData("""{"kid":"a","alg":"RS256"}""", "JWK Set: kid \"a\" lacks use")]
    [InlineData("""{"kid":"","use":""}""", "JWK Set: kid \"\" lacks kid, alg, use")]
    [InlineData("""{}""", "JWK Set: a key without kid lacks kid, alg, use")]
    public void Warns_of_a_key_that_is_not_described(string jwk, string? message) =>
        Assert.Equal(message, FidelityRules.KeysAreDescribed(Build.Keys(jwk)).SingleOrDefault()?.Message);

    [Theory]
    [InlineData("RSA", 0)]
    [InlineData("EC", 0)]
    [InlineData("AKP", 1)]
    public void Lets_an_unknown_key_type_pass_with_a_warning(string kty, int findings) =>
        Assert.Equal(findings, FidelityRules.KeyTypesAreKnown(Build.Keys($$"""{"kty":"{{kty}}"}""")).Count(finding => finding.Severity == Severity.Warning));
}
