using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

public sealed class DivergenceTests
{
    [Fact]
    public void Says_nothing_of_servers_that_agree() =>
        Assert.Empty(Divergence.Of([Response("a", Build.Rsa("one"), Build.Rsa("two")), Response("b", Build.Rsa("two"), Build.Rsa("one"))]));

    [Theory]
    [InlineData(1, "kid \"k0\"")]
    [InlineData(2, "kids \"k0\", \"k1\"")]
    [InlineData(5, "kids \"k0\", \"k1\", \"k2\", \"k3\", \"k4\"")]
    [InlineData(6, "more than 5 kids, among them \"k0\", \"k1\", \"k2\", \"k3\", \"k4\"")]
    public void Names_the_server_and_up_to_five_keys_that_it_lacks(int count, string named)
    {
        string[] keys = [.. Enumerable.Range(0, count).Reverse().Select(i => Build.Rsa($"k{i}"))];

        Finding finding = Assert.Single(Divergence.Of([Response("a", [Build.Rsa("shared"), .. keys]), Response("b", Build.Rsa("shared"))]));

        Assert.Equal(("servers-differ", Severity.Warning), (finding.Rule, finding.Severity));
        Assert.Equal($"server b: lacks {named}, which another API server publishes", finding.Message);
    }

    [Fact]
    public void Names_each_server_for_what_it_lacks_itself() =>
        Assert.Equal(["server a: lacks kid \"two\", which another API server publishes", "server b: lacks kid \"one\", which another API server publishes"],
            Divergence.Of([Response("a", Build.Rsa("one")), Response("b", Build.Rsa("two"))]).Select(finding => finding.Message));

    [Fact]
    public void Names_a_kid_under_which_servers_publish_different_keys()
    {
        Finding finding = Assert.Single(Divergence.Of([Response("a", Build.Rsa("one"), Build.Rsa("two")), Response("b", Build.Rsa("one").Replace("AQAB", "Aw", StringComparison.Ordinal), Build.Rsa("two"))]));

        Assert.Equal(("kid-conflict", Severity.Warning), (finding.Rule, finding.Severity));
        Assert.StartsWith("kid \"one\": API servers publish different keys under it (a, b);", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_the_servers_whose_key_is_not_that_of_most()
    {
        string other = Build.Rsa("one").Replace("AQAB", "Aw", StringComparison.Ordinal);
        Finding finding = Assert.Single(Divergence.Of([Response("a", Build.Rsa("one")), Response("b", other), Response("c", Build.Rsa("one"))]));

        Assert.StartsWith("kid \"one\": API servers publish different keys under it (b);", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_another_spelling_of_one_key_for_the_same_key() =>
        Assert.Empty(Divergence.Of([Response("a", Build.Rsa("one")), Response("b", Build.Rsa("one").Replace(",\"alg\":\"RS256\"", "", StringComparison.Ordinal))]));

    private static (string Server, KeySet Keys) Response(string server, params string[] keys) =>
        (server, Build.Keys(keys));
}
