using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing.Keys;

public sealed class DiscoveryCompositionTests
{
    private static readonly SigningKey rsa = Build.Keys(Build.Rsa("a")).Keys[0];
    private static readonly SigningKey ec = Build.Keys("""{"use":"sig","kty":"EC","kid":"e","crv":"P-256","alg":"ES256","x":"AQ","y":"AQ"}""").Keys[0];
    private static readonly DiscoveryDocument rs = Document("\"RS256\"");
    private static readonly DiscoveryDocument both = Document("\"ES256\",\"RS256\"");

    [Fact]
    public void Announces_the_algorithm_of_a_new_key_at_once() =>
        Assert.Equal(["ES256", "RS256"], DiscoveryComposition.Compose([rs, both], published: rs, [rsa, ec]).Algorithms);

    [Fact]
    public void Names_no_algorithm_that_no_published_key_has()
    {
        DiscoveryDocument composed = DiscoveryComposition.Compose([rs, both], published: both, [rsa]);

        Assert.Equal(Text(rs), Text(composed));
    }

    [Fact]
    public void Passes_the_bytes_of_agreeing_servers_through()
    {
        DiscoveryDocument spaced = Build.Discovery($$"""{ "issuer": "{{Build.Url}}", "jwks_uri": "x", "id_token_signing_alg_values_supported": [ "RS256" ], "extra": { "b": 1, "a": [] } }""");

        Assert.Same(spaced, DiscoveryComposition.Compose([spaced, spaced], published: null, [rsa]));
    }

    [Fact]
    public void Keeps_the_published_bytes_while_nothing_that_is_published_differs()
    {
        DiscoveryDocument first = Document("\"RS256\"", "https://10.0.0.1:6443/openid/v1/jwks");
        DiscoveryDocument second = Document("\"RS256\"", "https://10.0.0.2:6443/openid/v1/jwks");

        Assert.Same(second, DiscoveryComposition.Compose([first, second], published: second, [rsa]));
        Assert.Empty(DiscoveryComposition.Differences([("1", first), ("2", second)], second, [rsa]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void One_server_of_three_changes_no_member(int hostile)
    {
        DiscoveryDocument forged = Build.Discovery($$"""
            {"issuer":"{{Build.Url}}","jwks_uri":"x","response_types_supported":["code","token"],"subject_types_supported":["pairwise"],
            "id_token_signing_alg_values_supported":["none","HS256","ES512"],"authorization_endpoint":"https://evil.example/","token_endpoint":"https://evil.example/"}
            """);
        List<DiscoveryDocument> servers = [rs, rs];
        servers.Insert(hostile, forged);

        DiscoveryDocument composed = DiscoveryComposition.Compose(servers, published: null, [rsa, ec]);

        Assert.Equal(Text(rs), Text(composed));
        (string server, IReadOnlyList<string> members) = Assert.Single(DiscoveryComposition.Differences(servers.Select((document, i) => ($"{i}", document)), composed, [rsa, ec]));
        Assert.Equal(
            ($"{hostile}", "authorization_endpoint id_token_signing_alg_values_supported response_types_supported subject_types_supported token_endpoint"),
            (server, string.Join(' ', members)));
    }

    [Fact]
    public void One_server_of_two_changes_no_member_of_Kubernetes()
    {
        DiscoveryDocument forged = Build.Discovery($$"""{"issuer":"{{Build.Url}}","jwks_uri":"x","response_types_supported":["token"],"subject_types_supported":["pairwise"],"id_token_signing_alg_values_supported":["RS256"],"mine":1}""");

        Assert.Equal(Text(rs), Text(DiscoveryComposition.Compose([forged, rs], published: null, [rsa])));
    }

    [Fact]
    public void Publishes_another_member_only_if_all_servers_send_it_alike()
    {
        string with = Text(rs).Replace("}", ",\"claims_supported\":[\"sub\",\"iss\"]}", StringComparison.Ordinal);
        DiscoveryDocument spelled = Build.Discovery(with.Replace("[\"sub\",\"iss\"]", "[ \"s\\u0075b\", \"iss\" ]", StringComparison.Ordinal));

        Assert.Equal(with, Text(DiscoveryComposition.Compose([Build.Discovery(with), spelled], published: null, [rsa])));
        Assert.Equal(Text(rs), Text(DiscoveryComposition.Compose([Build.Discovery(with), spelled, rs], published: Build.Discovery(with), [rsa])));
    }

    [Fact]
    public void Makes_a_document_of_its_own_when_no_server_sends_what_is_agreed()
    {
        DiscoveryDocument first = Build.Discovery(Text(rs).Replace("}", ",\"a\":1}", StringComparison.Ordinal));
        DiscoveryDocument second = Build.Discovery(Text(rs).Replace("}", ",\"b\":1}", StringComparison.Ordinal));

        Assert.Equal(Text(rs), Text(DiscoveryComposition.Compose([first, second], published: null, [rsa])));
    }

    [Theory]
    [InlineData("\"none\"")]
    [InlineData("\"HS256\",\"none\",\"hs512\"")]
    [InlineData("\"ES384\"")]
    public void Never_announces_an_unsafe_algorithm_even_of_the_only_server(string algorithms)
    {
        DiscoveryDocument composed = DiscoveryComposition.Compose([Document(algorithms)], published: null, [rsa]);

        Assert.Equal(Text(rs), Text(composed));
        Assert.Single(DiscoveryComposition.Differences([("1", Document(algorithms))], composed, [rsa]));
    }

    [Fact]
    public void Takes_the_algorithms_that_a_key_without_alg_can_sign_with()
    {
        SigningKey plain = Build.Keys("""{"kty":"RSA","kid":"a","n":"AQ","e":"AQAB"}""").Keys[0];

        Assert.Equal(["PS256", "RS256"], DiscoveryComposition.Compose([Document("\"PS256\",\"RS256\",\"ES256\",\"none\"")], published: null, [plain]).Algorithms);
    }

    [Fact]
    public void Counts_the_last_document_of_a_server_that_does_not_respond()
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(56);
        KeyRetention retention = KeyRetention.Of(PublisherFixture.Settings, isOneAddress: false);
        string[] listed = ["1", "2", "3"];
        var votes = DiscoveryComposition.Count(DiscoveryComposition.Restored(rs, now), [("1", both)], listed, retention, now);
        Assert.Equal([TrackedKey.UnknownServer, "1"], votes.Keys);

        votes = DiscoveryComposition.Count(votes, [("1", both), ("2", rs), ("3", rs)], listed, retention, now);
        Assert.Equal(listed, votes.Keys);

        votes = DiscoveryComposition.Count(votes, [("1", both)], listed, retention, now.AddHours(23));
        Assert.Equal(listed, votes.Keys);
        votes = DiscoveryComposition.Count(votes, [("1", both)], ["1", "2"], retention, now.AddHours(23));
        Assert.Equal(listed, votes.Keys);
        Assert.Equal(["1"], DiscoveryComposition.Count(votes, [("1", both)], ["1", "2"], retention, now.AddHours(24)).Keys);
    }

    [Fact]
    public void Publishes_the_bytes_of_the_form_in_which_most_servers_write()
    {
        DiscoveryDocument spaced = Build.Discovery(Text(rs).Replace(",", ", ", StringComparison.Ordinal));

        Assert.Same(spaced, DiscoveryComposition.Compose([rs, spaced, spaced], published: null, [rsa]));
        Assert.Equal(Text(rs), Text(DiscoveryComposition.Compose([spaced, rs], published: null, [rsa])));
    }

    [Fact]
    public void Passes_the_bytes_of_a_document_without_any_other_member_through()
    {
        DiscoveryDocument bare = Build.Discovery($$"""{ "issuer": "{{Build.Url}}", "jwks_uri": "x", "id_token_signing_alg_values_supported": ["RS256"] }""");

        Assert.Same(bare, DiscoveryComposition.Compose([bare], published: null, [rsa]));
    }

    [Theory]
    [InlineData("code", null, "code", "code", "id_token")]
    [InlineData("code", null, "id_token", "code", "code")]
    [InlineData("id_token", "code", "id_token", "code")]
    [InlineData("id_token", "code", "code", "id_token")]
    [InlineData("code", "code", "code", "token")]
    [InlineData("code", "code", "token", "code")]
    public void A_member_of_Kubernetes_has_the_value_of_most_servers_then_that_of_Kubernetes_then_the_published_one(string expected, string? published, params string[] sent)
    {
        DiscoveryDocument composed = DiscoveryComposition.Compose([.. sent.Select(Of)], published is null ? null : Of(published), [rsa]);

        Assert.Equal($"[\"{expected}\"]", composed.Members["response_types_supported"]);

        static DiscoveryDocument Of(string type) => Build.Discovery(Text(rs).Replace("[\"id_token\"]", $"[\"{type}\"]", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_the_algorithms_of_keys_in_order_when_servers_name_none_that_fits()
    {
        DiscoveryDocument composed = DiscoveryComposition.Compose([Document("\"none\"")], published: null, [rsa, ec]);

        Assert.Equal(["ES256", "RS256"], composed.Algorithms);
    }

    private static string Text(DiscoveryDocument document) => Encoding.UTF8.GetString(document.Bytes.Span);

    private static DiscoveryDocument Document(string algorithms, string keySetUri = "x") =>
        Build.Discovery($$"""{"issuer":"{{Build.Url}}","jwks_uri":"{{keySetUri}}","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":[{{algorithms}}]}""");
}
