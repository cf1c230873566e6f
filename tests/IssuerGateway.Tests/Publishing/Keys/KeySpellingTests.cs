using System.Collections.Immutable;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing.Keys;

/// <summary>Each rule decides alone, whichever of the keys servers send first.</summary>
public sealed class KeySpellingTests
{
    private static readonly DateTimeOffset start = DateTimeOffset.Parse("2026-11-24T12:00:00Z");
    private static readonly SigningKey key = Key(Build.Rsa("a"));
    private static readonly SigningKey other = Key(Build.Rsa("a").Replace("\"n\":\"g", "\"n\":\"h", StringComparison.Ordinal));
    private static readonly SigningKey chained = Key(Build.Rsa("a").Replace("\"e\":", "\"x5c\":[\"AAAA\"],\"e\":", StringComparison.Ordinal));

    [Fact]
    public void Takes_the_material_of_most_servers() =>
        Chooses(key, [key, other], published: null, (other, 0), (key, 2), (key, 3));

    [Fact]
    public void Takes_the_material_of_most_servers_over_the_published_one() =>
        Chooses(key, [key, other], published: other, (other, 0), (key, 2), (key, 3));

    [Fact]
    public void Keeps_the_published_material_at_a_draw_of_servers() =>
        Chooses(other, [key, other], published: other, (key, 0), (other, 2));

    [Fact]
    public void Takes_the_material_that_a_server_sent_first_at_a_draw() =>
        Chooses(key, [key, other], published: null, (key, 1), (key, 9), (other, 2), (other, 3));

    [Fact]
    public void Takes_the_bytes_of_most_servers() =>
        Chooses(chained, [key, chained], published: key, (key, 0), (chained, 2), (chained, 3));

    [Fact]
    public void Takes_the_bytes_that_Kubernetes_writes_at_a_draw_of_servers() =>
        Chooses(key, [key, chained], published: chained, (chained, 0), (key, 2));

    [Fact]
    public void Keeps_the_published_bytes_when_nothing_else_decides()
    {
        SigningKey spaced = Key(Build.Rsa("a").Replace(",", ", ", StringComparison.Ordinal));

        Chooses(spaced, [key, spaced], published: spaced, (key, 0), (spaced, 0));
    }

    // A server number i has sent its key since that minute.
    private static void Chooses(SigningKey expected, SigningKey[] sent, SigningKey? published, params (SigningKey Key, int Since)[] servers)
    {
        ImmutableSortedDictionary<string, KeySource> sources = servers.Select((server, i) => (server, i))
            .ToImmutableSortedDictionary(each => $"{each.i}", each => KeySource.New(each.server.Key, start.AddMinutes(each.server.Since)), StringComparer.Ordinal);

        Assert.Same(expected, KeySpelling.Choose(published, sent, sources));
        Assert.Same(expected, KeySpelling.Choose(published, [.. sent.Reverse()], sources));
    }

    private static SigningKey Key(string jwk) => Build.Keys(jwk).Keys[0];
}
