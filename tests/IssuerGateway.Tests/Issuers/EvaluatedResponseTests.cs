using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

public sealed class EvaluatedResponseTests
{
    private const string Discovery = $$"""{"issuer":"{{Build.Url}}","jwks_uri":"{{Build.Url}}/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""";

    private static string Keys => $$"""{"keys":[{{Build.Rsa("one")}}]}""";

    [Fact]
    public void Accepts_two_documents_without_an_error()
    {
        EvaluatedResponse response = Of(Discovery, Keys);

        Assert.True(response.IsAccepted);
        Assert.Equal((Build.Url, "one", TimeSpan.FromMinutes(1)), (response.StatedIssuer, response.Keys!.Keys.Single().KeyId, response.MaxAge));
        Assert.Empty(response.Findings);
    }

    [Fact]
    public void Accepts_what_is_only_warned_of()
    {
        EvaluatedResponse response = Of(Discovery.Replace("[\"public\"]", "[]", StringComparison.Ordinal), Keys);

        Assert.True(response.IsAccepted);
        Assert.Equal("discovery-member-empty", Assert.Single(response.Findings).Rule);
    }

    [Theory]
    [InlineData("[]", null, "discovery-malformed", null)]
    [InlineData(Discovery, "[]", "key-set-malformed", Build.Url)]
    [InlineData(Discovery, """{"keys":[]}""", "key-set-empty", Build.Url)]
    public void Rejects_a_pair_of_which_one_is_wrong_and_names_it(string discovery, string? keys, string rule, string? stated)
    {
        EvaluatedResponse response = Of(discovery, keys ?? Keys);

        Assert.False(response.IsAccepted);
        Assert.Null(response.Discovery);
        Assert.Null(response.Keys);
        Assert.Equal((rule, Severity.Error, stated), (Assert.Single(response.Findings).Rule, response.Findings[0].Severity, response.StatedIssuer));
    }

    private static EvaluatedResponse Of(string discovery, string keys) =>
        EvaluatedResponse.Of(Build.Issuer(), "a", Build.Utf8(discovery), Build.Utf8(keys), TimeSpan.FromMinutes(1));
}
