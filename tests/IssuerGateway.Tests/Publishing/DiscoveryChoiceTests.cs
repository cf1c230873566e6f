using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing;

public sealed class DiscoveryChoiceTests
{
    private static readonly DiscoveryDocument rs = Document("\"RS256\"");
    private static readonly DiscoveryDocument both = Document("\"ES256\",\"RS256\"");

    [Fact]
    public void Announces_a_new_algorithm_at_once()
    {
        DiscoveryChoice choice = Next(Next(null, rs), rs, both);

        Assert.Same(both, choice.Document);
    }

    [Fact]
    public void Keeps_the_published_document_until_it_was_omitted_three_times()
    {
        DiscoveryChoice choice = Next(null, both);

        choice = Next(choice, rs);
        Assert.Same(both, choice.Document);
        choice = Next(choice, rs);
        Assert.Same(both, choice.Document);
        choice = Next(choice, rs);
        Assert.Same(rs, choice.Document);
    }

    [Fact]
    public void Starts_counting_again_when_a_server_sends_it()
    {
        DiscoveryChoice choice = Next(Next(Next(Next(null, both), rs), rs), rs, both);

        Assert.Same(both, Next(Next(choice, rs), rs).Document);
    }

    [Fact]
    public void Ignores_differences_that_are_not_published()
    {
        DiscoveryDocument first = Document("\"RS256\"", "https://10.0.0.1:6443/openid/v1/jwks");
        DiscoveryDocument second = Document("\"RS256\"", "https://10.0.0.2:6443/openid/v1/jwks");

        DiscoveryChoice choice = Next(Next(null, first), second, first);

        Assert.Same(first, choice.Document);
        Assert.Equal(0, Next(choice, second).Omissions);
    }

    private static DiscoveryChoice Next(DiscoveryChoice? current, params DiscoveryDocument[] answers) =>
        DiscoveryChoice.Next(current, answers, document => document.Rewritten(Build.Identifier()));

    private static DiscoveryDocument Document(string algorithms, string keySetUri = "https://10.0.0.1:6443/openid/v1/jwks") =>
        Build.Discovery($$"""{"issuer":"{{Build.Url}}","jwks_uri":"{{keySetUri}}","id_token_signing_alg_values_supported":[{{algorithms}}]}""");
}
