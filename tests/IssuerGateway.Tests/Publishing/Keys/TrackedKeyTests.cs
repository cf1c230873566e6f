using System.Collections.Immutable;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing.Keys;

public sealed class TrackedKeyTests
{
    private static readonly DateTimeOffset start = DateTimeOffset.Parse("2026-11-24T12:00:00Z");
    private static readonly SigningKey key = Build.Keys(Build.Rsa("a")).Keys[0];

    [Theory]
    [InlineData(1, 70, 7)]
    [InlineData(-1, 70, 1)]
    [InlineData(1, 64, 1)]
    public void Remembers_the_64_servers_that_published_it_last(int step, int servers, int first)
    {
        ImmutableSortedDictionary<string, KeySource> sources = Enumerable.Range(1, servers)
            .ToImmutableSortedDictionary(i => $"{i:00}", i => KeySource.New(key, start.AddMinutes(i * step)), StringComparer.Ordinal);

        Assert.Equal(Enumerable.Range(first, 64).Select(i => $"{i:00}"), new TrackedKey(key, TrackedKey.NoSources).WithSources(sources).Sources.Keys);
    }

    [Fact]
    public void Is_current_while_one_server_sends_it()
    {
        KeySource sends = KeySource.New(key, start);
        KeySource silent = sends.Unresponsive(start);

        Assert.True(Tracked(("1", silent), ("2", sends)).IsCurrent);
        Assert.True(Tracked(("1", sends), ("2", silent)).IsCurrent);
        Assert.False(Tracked(("1", silent), ("2", silent)).IsCurrent);
    }

    [Fact]
    public void Two_unions_have_the_same_sources_but_for_when_each_last_published_a_key()
    {
        KeySource source = KeySource.New(key, start);
        KeyUnion union = new([Tracked(("1", source), ("2", source))]);

        Assert.True(union.HasSameSources(new KeyUnion([Tracked(("1", source with { LastPublished = start.AddHours(1) }), ("2", source))])));
        Assert.All(
            [
                [Tracked(("1", source), ("2", source.Unresponsive(start)))],
                [Tracked(("1", source.Unresponsive(start)), ("2", source))],
                [Tracked(("1", source), ("3", source))],
                [Tracked(("1", source), ("2", source), ("3", source))],
                [Tracked(("1", source))],
                [],
            ],
            (TrackedKey[] other) => Assert.False(union.HasSameSources(new KeyUnion([.. other]))));
    }

    private static TrackedKey Tracked(params (string Server, KeySource Source)[] sources) =>
        new(key, sources.ToImmutableSortedDictionary(each => each.Server, each => each.Source, StringComparer.Ordinal));
}
