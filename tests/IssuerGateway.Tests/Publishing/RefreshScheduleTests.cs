using IssuerGateway.Publishing;

namespace IssuerGateway.Tests.Publishing;

public sealed class RefreshScheduleTests
{
    [Theory]
    [InlineData(0, 0.5, 30)]
    [InlineData(0, 0, 27)]
    [InlineData(1, 0.5, 60)]
    [InlineData(2, 0.5, 120)]
    [InlineData(3, 0.5, 240)]
    [InlineData(4, 0.5, 300)]
    [InlineData(1000000, 0.5, 300)]
    public void Doubles_the_interval_up_to_the_maximum(int failures, double random, double seconds) =>
        Assert.Equal(seconds, RefreshSchedule.Next(PublisherFixture.Settings, failures, random).TotalSeconds, precision: 6);

    [Fact]
    public void Never_is_shorter_than_the_interval_because_the_maximum_is() =>
        Assert.Equal(30, RefreshSchedule.Next(PublisherFixture.Settings with { MaxBackoff = TimeSpan.FromSeconds(5) }, 3, 0.5).TotalSeconds, precision: 6);

    [Fact]
    public void Never_exceeds_what_is_promised() =>
        Assert.All(Enumerable.Range(0, 20), failures =>
            Assert.True(RefreshSchedule.Next(PublisherFixture.Settings, failures, 0.999999) <= RefreshSchedule.Longest(PublisherFixture.Settings, failures)));

    [Theory]
    [InlineData(0, 1, 0.5, 30)]
    [InlineData(0, 1000, 0.5, 0.03)]
    [InlineData(499, 1000, 0.5, 15)]
    [InlineData(999, 1000, 0, 27)]
    public void Gives_each_issuer_a_part_of_the_interval_after_all_were_fetched_at_once(int place, int places, double random, double seconds) =>
        Assert.Equal(seconds, RefreshSchedule.Spread(PublisherFixture.Settings, failures: 0, place, places, random).TotalSeconds, precision: 6);
}
