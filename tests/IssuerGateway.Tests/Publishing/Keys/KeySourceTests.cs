using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing.Keys;

public sealed class KeySourceTests
{
    private static readonly DateTimeOffset start = DateTimeOffset.Parse("2026-11-24T12:00:00Z");
    private static readonly SigningKey key = Build.Keys(Build.Rsa("a")).Keys[0];

    [Fact]
    public void Remembers_the_first_refresh_without_the_key_and_the_first_response_without_it()
    {
        KeySource source = KeySource.New(key, At(0)).Unresponsive(At(1));
        Assert.Equal((At(1), null), (source.MissingSince, source.OmittedSince));

        source = source.Omitted(At(2)).Omitted(At(3)).Unresponsive(At(4));
        Assert.Equal((At(1), At(2)), (source.MissingSince, source.OmittedSince));
        Assert.Equal((At(0), At(0), false), (source.Since, source.LastPublished, source.IsCurrent));

        Assert.Equal(KeySource.New(key, At(0)) with { LastPublished = At(5) }, source.Published(key, At(5)));
    }

    /// <summary>What two replicas know of one server (minutes: published last, omitted since; and the spelling): the first of both counts.</summary>
    [Theory]
    [InlineData("9 - a", "8 - z")]
    [InlineData("9 - a", "8 8 z")]
    [InlineData("9 9 a", "9 - z")]
    [InlineData("9 9 a", "9 8 z")]
    [InlineData("9 - z", "9 - a")]
    [InlineData("9 9 z", "9 9 a")]
    public void Two_replicas_agree_on_what_a_server_did_last(string counts, string other)
    {
        Assert.Equal(Source(counts), Source(counts).Merge(Source(other)));
        Assert.Equal(Source(counts), Source(other).Merge(Source(counts)));
    }

    [Theory]
    [InlineData(10, null)]
    [InlineData(11, 10)]
    public void Two_replicas_agree_on_since_when_a_server_is_silent(int counts, int? other)
    {
        KeySource source = Source("9 - a");
        KeySource one = source.Unresponsive(At(counts));
        KeySource two = other is { } minutes ? source.Unresponsive(At(minutes)) : source;

        Assert.Equal(one, one.Merge(two));
        Assert.Equal(one, two.Merge(one));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    public void Two_replicas_agree_on_when_a_server_began(int one, int other)
    {
        KeySource merged = (Source("9 - a") with { Since = At(one) }).Merge(Source("8 - a") with { Since = At(other) });

        Assert.Equal((At(0), At(9)), (merged.Since, merged.LastPublished));
    }

    private static KeySource Source(string text)
    {
        string[] parts = text.Split(' ');
        DateTimeOffset? omitted = parts[1] == "-" ? null : At(int.Parse(parts[1]));
        return new KeySource(At(0), At(int.Parse(parts[0])), omitted, omitted, "material", parts[2]);
    }

    private static DateTimeOffset At(int minutes) => start.AddMinutes(minutes);
}
