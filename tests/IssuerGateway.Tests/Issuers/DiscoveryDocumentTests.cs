using System.Text;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

public sealed class DiscoveryDocumentTests
{
    [Theory]
    [InlineData("discovery-default-jwks-uri", "https://issuer.example.test", "https://192.0.2.10:6443/openid/v1/jwks", new[] { "RS256" })]
    [InlineData("discovery-path-issuer", "https://issuer.example.test/clusters/a", "https://192.0.2.10:6443/openid/v1/jwks", new[] { "RS256" })]
    [InlineData("discovery-public-jwks-uri-rs256-es256", "https://issuer.example.test", "https://issuer.example.test/openid/v1/jwks", new[] { "ES256", "RS256" })]
    [InlineData("discovery-two-issuers-first-wins", "https://new.example.test", "https://192.0.2.10:6443/openid/v1/jwks", new[] { "RS256" })]
    public void Reads_what_a_real_API_server_sends(string recorded, string issuer, string keySetUri, string[] algorithms)
    {
        byte[] bytes = Recorded.Body(recorded);

        DiscoveryDocument? document = DiscoveryDocument.Parse(bytes, out Finding? fault);

        Assert.Null(fault);
        Assert.Equal(issuer, document!.Issuer);
        Assert.Equal(keySetUri, document.KeySetUri);
        Assert.Equal(algorithms, document.Algorithms);
        Assert.Empty(document.EmptyMembers);
        Assert.Equal(bytes, document.Bytes.ToArray());
    }

    [Theory]
    [InlineData("", "discovery document: invalid JSON at line 1, byte 0")]
    [InlineData("<html>404</html>", "discovery document: invalid JSON at line 1, byte 0")]
    [InlineData("\uFEFF{}", "discovery document: starts with a byte order mark: save it without")]
    [InlineData("[]", "discovery document: a JSON array, expected an object")]
    [InlineData("\"text\"", "discovery document: a JSON string, expected an object")]
    [InlineData("{\"issuer\":\"https://a\"", "discovery document: invalid JSON at line 1, byte 21")]
    [InlineData("{\"issuer\":\"https://a\",}", "discovery document: invalid JSON at line 1, byte 22")]
    [InlineData("{\"issuer\":\"https://a\"}//", "discovery document: invalid JSON at line 1, byte 22")]
    [InlineData("{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", "discovery document: nested more than 16 levels deep at line 1, byte 20")]
    [InlineData("{\"a\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]],}", "discovery document: invalid JSON at line 1, byte 37")]
    [InlineData("{\"issuer\":\"https://a\",\"issuer\":\"https://b\"}", "discovery document: a duplicate member \"issuer\"")]
    [InlineData("{\"issuer\":\"https://a\",\"\\u0069ssuer\":\"https://b\"}", "discovery document: a duplicate member \"issuer\"")]
    [InlineData("{\"a\":{\"b\":1,\"b\":2}}", "discovery document: a duplicate member \"b\"")]
    [InlineData("{\"b\":{\"b\":[{\"b\":1},{\"b\":1,\"\\u001b[2J\":1,\"\\u001b[2J\":2}]}}", "discovery document: a duplicate member \"?[2J\"")]
    public void Rejects_what_two_parsers_read_differently(string json, string message)
    {
        Assert.Null(DiscoveryDocument.Parse(Build.Utf8(json), out Finding? fault));
        Assert.Equal("discovery-malformed", fault!.Rule);
        Assert.Equal(Severity.Error, fault.Severity);
        Assert.Equal(message, fault.Message);
    }

    [Fact]
    public void Rejects_bytes_that_are_not_UTF8()
    {
        byte[] bytes = [.. "{\"issuer\":\"https://a"u8, 0xC3, 0x28, .. "\"}"u8];

        Assert.Null(DiscoveryDocument.Parse(bytes, out Finding? fault));
        Assert.Equal("discovery document: bytes that are not UTF-8", fault!.Message);
    }

    [Fact]
    public void Rejects_more_than_256_KiB()
    {
        string json = $"{{\"a\":\"{new string('a', StrictJson.MaxBytes)}\"}}";

        Assert.Null(DiscoveryDocument.Parse(Build.Utf8(json), out Finding? fault));
        Assert.Equal($"discovery document: {json.Length} bytes, expected at most 262144", fault!.Message);
    }

    [Fact]
    public void Replaces_jwks_uri_in_place_and_nothing_else()
    {
        DiscoveryDocument document = DiscoveryDocument.Parse(Recorded.Body("discovery-default-jwks-uri"), out _)!;

        string rewritten = Encoding.UTF8.GetString(document.Rewritten(Build.Identifier()).Span);

        Assert.Equal(
            """{"issuer":"https://issuer.example.test","jwks_uri":"https://issuer.example.test/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""",
            rewritten);
    }

    [Fact]
    public void Passes_the_bytes_through_when_both_URLs_are_right()
    {
        DiscoveryDocument document = DiscoveryDocument.Parse(Recorded.Body("discovery-public-jwks-uri-rs256-es256"), out _)!;

        Assert.True(document.Rewritten(Build.Identifier()).Span.SequenceEqual(document.Bytes.Span));
    }

    [Fact]
    public void Keeps_white_space_order_and_unknown_members_around_a_replacement()
    {
        DiscoveryDocument document = Build.Discovery("{ \"x\" : {\"jwks_uri\":\"https://inner\"},\n\"jwks_uri\" : \"https://10.0.0.1/keys\" , \"issuer\":\"https:\\/\\/issuer.example.test\"}");

        Assert.Equal(
            "{ \"x\" : {\"jwks_uri\":\"https://inner\"},\n\"jwks_uri\" : \"https://issuer.example.test/openid/v1/jwks\" , \"issuer\":\"https:\\/\\/issuer.example.test\"}",
            Encoding.UTF8.GetString(document.Rewritten(Build.Identifier()).Span));
    }

    [Fact]
    public void Names_an_earlier_identifier_on_request()
    {
        DiscoveryDocument document = DiscoveryDocument.Parse(Recorded.Body("discovery-two-issuers-first-wins"), out _)!;

        string rewritten = Encoding.UTF8.GetString(document.Rewritten(Build.Identifier("https://old.example.test/")).Span);

        Assert.StartsWith("""{"issuer":"https://old.example.test/","jwks_uri":"https://old.example.test/openid/v1/jwks",""", rewritten, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_put_together_in_the_form_and_order_of_the_API_server()
    {
        DiscoveryDocument recorded = DiscoveryDocument.Parse(Recorded.Body("discovery-public-jwks-uri-rs256-es256"), out _)!;
        Dictionary<string, string> others = new()
        {
            ["subject_types_supported"] = DiscoveryDocument.ValueOfKubernetes("subject_types_supported")!,
            ["x"] = "{\"a\":1}",
            ["response_types_supported"] = DiscoveryDocument.ValueOfKubernetes("response_types_supported")!,
        };

        DiscoveryDocument made = DiscoveryDocument.Of(recorded.Issuer!, recorded.KeySetUri!, others);

        Assert.Equal(Encoding.UTF8.GetString(recorded.Bytes.Span)[..^1] + ",\"x\":{\"a\":1}}", Encoding.UTF8.GetString(made.WithAlgorithms(recorded.Algorithms).Bytes.Span));
    }

    [Theory]
    [InlineData("response_types_supported", true)]
    [InlineData("subject_types_supported", true)]
    [InlineData("issuer", false)]
    [InlineData("claims_supported", false)]
    public void Knows_the_members_of_Kubernetes(string member, bool known)
    {
        Assert.Equal(known, DiscoveryDocument.IsOfKubernetes(member));
        Assert.Equal(known, DiscoveryDocument.ValueOfKubernetes(member) is not null);
    }

    [Theory]
    [InlineData("""{"id_token_signing_alg_values_supported":["RS256"],"x":[{"id_token_signing_alg_values_supported":[]}]}""", new[] { "ES256", "RS256" }, """{"id_token_signing_alg_values_supported":["ES256","RS256"],"x":[{"id_token_signing_alg_values_supported":[]}]}""")]
    [InlineData("""{"id_token_signing_alg_values_supported":["RS256", "ES256"]}""", new[] { "ES256", "RS256" }, null)]
    [InlineData("""{"id_token_signing_alg_values_supported":["RS256"]}""", new string[0], null)]
    [InlineData("""{"x":1}""", new[] { "RS256" }, null)]
    [InlineData("""{"id_token_signing_alg_values_supported":null}""", new[] { "RS256" }, """{"id_token_signing_alg_values_supported":["RS256"]}""")]
    public void Changes_its_list_of_algorithms_and_nothing_else(string json, string[] algorithms, string? changed)
    {
        DiscoveryDocument document = Build.Discovery(json);
        DiscoveryDocument result = document.WithAlgorithms(algorithms);

        Assert.Equal(changed ?? json, Encoding.UTF8.GetString(result.Bytes.Span));
        Assert.Equal(changed is null, ReferenceEquals(document, result));
    }

    [Fact]
    public void Keeps_its_memory_when_there_is_nothing_to_replace()
    {
        DiscoveryDocument document = DiscoveryDocument.Parse(Recorded.Body("discovery-public-jwks-uri-rs256-es256"), out _)!;

        Assert.True(document.Rewritten(Build.Identifier()).Equals(document.Bytes));
    }

    [Fact]
    public void Takes_exactly_256_KiB() =>
        Assert.NotNull(DiscoveryDocument.Parse(Build.Utf8($$"""{"x":"{{new string('x', StrictJson.MaxBytes - 8)}}"}"""), out _));
}
