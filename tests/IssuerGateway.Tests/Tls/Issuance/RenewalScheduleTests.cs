using IssuerGateway.Tls.Issuance;

namespace IssuerGateway.Tests.Tls.Issuance;

public sealed class RenewalScheduleTests
{
    private static readonly DateTimeOffset start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(90, 60)]
    [InlineData(45, 30)]
    [InlineData(10, 6.666)]
    [InlineData(9, 4.5)]
    [InlineData(6, 3)]
    public void Renews_with_a_third_of_the_lifetime_left_or_half_of_a_short_one(double lifetimeDays, double dueDay) =>
        Assert.Equal(dueDay, (Due(lifetimeDays) - start).TotalDays, 2);

    [Fact]
    public void Spreads_renewals_by_two_percent_of_the_lifetime() =>
        Assert.Equal(60 - 0.9, (RenewalSchedule.Due(start, start.AddDays(90), null, 0.5) - start).TotalDays, 3);

    [Theory]
    [InlineData(10, 10)]
    [InlineData(75, 75)]
    [InlineData(89, 81)]
    [InlineData(400, 81)]
    public void Follows_the_moment_chosen_in_the_window_of_the_CA_unless_it_is_too_late(double chosenDay, double dueDay) =>
        Assert.Equal(dueDay, (RenewalSchedule.Due(start, start.AddDays(90), start.AddDays(chosenDay), 0) - start).TotalDays, 3);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.25, 12)]
    [InlineData(0.999, 47.952)]
    public void Chooses_any_moment_of_the_window(double random, double hours) =>
        Assert.Equal(hours, (RenewalSchedule.Choose(start, start.AddHours(48), random) - start).TotalHours, 3);

    [Theory]
    [InlineData(null, 360)]
    [InlineData(0, 1)]
    [InlineData(3600, 60)]
    [InlineData(999999, 1440)]
    public void Polls_as_the_CA_asks_but_not_more_than_every_minute_nor_less_than_daily(int? retryAfterSeconds, double minutes) =>
        Assert.Equal(minutes, RenewalSchedule.NextPoll(retryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null).TotalMinutes);

    [Theory]
    [InlineData(1, 0, 0.8)]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(5, 1, 16)]
    [InlineData(9, 1, 256)]
    [InlineData(10, 1, 360)]
    [InlineData(1000, 1, 360)]
    [InlineData(1000, 0, 288)]
    public void Backs_off_from_one_minute_to_six_hours_with_a_fifth_of_jitter(int failures, double random, double minutes) =>
        Assert.Equal(minutes, RenewalSchedule.Backoff(failures, null, random).TotalMinutes, 6);

    [Fact]
    public void Waits_as_long_as_the_CA_asks()
    {
        Assert.Equal(TimeSpan.FromDays(2), RenewalSchedule.Backoff(1, TimeSpan.FromDays(2), 0));
        Assert.Equal(TimeSpan.FromHours(6), RenewalSchedule.Backoff(100, TimeSpan.FromSeconds(1), 1));
    }

    [Fact]
    public void Orders_nothing_further_by_itself_for_a_tenth_of_the_lifetime_up_to_a_day()
    {
        Assert.Null(RenewalSchedule.Breaker([], TimeSpan.FromDays(90)));
        Assert.Equal(start.AddDays(1), RenewalSchedule.Breaker([start], TimeSpan.FromDays(90)));
        Assert.Equal(start.AddHours(14.4), RenewalSchedule.Breaker([start], TimeSpan.FromDays(6)));
    }

    [Fact]
    public void Orders_no_fifth_certificate_within_a_week()
    {
        IReadOnlyList<DateTimeOffset> issued = [];
        foreach (int day in new[] { 0, 1, 2, 3 })
        {
            issued = RenewalSchedule.Remember(issued, start.AddDays(day));
        }

        Assert.Equal(start.AddDays(7), RenewalSchedule.Breaker(issued, TimeSpan.FromDays(6)));
        Assert.Equal(start.AddDays(8), RenewalSchedule.Breaker(RenewalSchedule.Remember(issued, start.AddDays(7)), TimeSpan.FromDays(6)));
    }

    private static DateTimeOffset Due(double lifetimeDays) => RenewalSchedule.Due(start, start.AddDays(lifetimeDays), null, 0);
}
