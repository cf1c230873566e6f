using System.Collections.Immutable;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Tests.Publishing.Keys;

public sealed class MaxAgeFloorTests
{
    private static readonly DateTimeOffset start = DateTimeOffset.Parse("2026-11-24T12:00:00Z");

    [Theory]
    [InlineData(120, 300, 120, null)]
    [InlineData(60, 300, 0)]
    [InlineData(60, 60)]
    [InlineData(null, null, null)]
    public void The_smallest_counts_but_none_below_a_minute(int? counts, params int?[] sent) =>
        Assert.Equal(Seconds(counts), MaxAgeFloor.Of(sent.Select(Seconds)));

    [Theory]
    [InlineData(59, true)]
    [InlineData(60, false)]
    [InlineData(null, false)]
    public void Names_a_server_below_it_for_an_hour(int? sent, bool isNamed)
    {
        ImmutableSortedDictionary<string, DateTimeOffset> none = ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);
        EvaluatedResponse response = new("1", null, null, Seconds(sent), []);

        ImmutableSortedDictionary<string, DateTimeOffset> below = MaxAgeFloor.Below(none, [response], start);

        Assert.Equal(isNamed ? ["1"] : [], below.Keys);
        Assert.Equal(isNamed ? ["1"] : [], MaxAgeFloor.Below(below, [], start.AddSeconds(3599)).Keys);
        Assert.Empty(MaxAgeFloor.Below(below, [], start.AddHours(1)));
    }

    private static TimeSpan? Seconds(int? seconds) => seconds is { } number ? TimeSpan.FromSeconds(number) : null;
}
