using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Issuance.Orders;

namespace IssuerGateway.Tests.Tls.Issuance.Orders;

public sealed class OrderScheduleTests
{
    private static readonly DateTimeOffset start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(90, 60)]
    [InlineData(45, 30)]
    [InlineData(10, 6.666)]
    [InlineData(9, 4.5)]
    [InlineData(6, 3)]
    public void Renews_with_a_third_of_the_lifetime_left_or_half_of_a_short_one(double lifetimeDays, double dueDay) =>
        Assert.Equal(dueDay, (OrderSchedule.Due(start, start.AddDays(lifetimeDays), null, 0) - start).TotalDays, 2);

    [Fact]
    public void Spreads_renewals_by_two_percent_of_the_lifetime() =>
        Assert.Equal(60 - 0.9, (OrderSchedule.Due(start, start.AddDays(90), null, 0.5) - start).TotalDays, 3);

    [Theory]
    [InlineData(10, 10)]
    [InlineData(75, 75)]
    [InlineData(89, 81)]
    [InlineData(400, 81)]
    public void Follows_the_moment_chosen_in_the_window_of_the_CA_unless_it_is_too_late(double chosenDay, double dueDay) =>
        Assert.Equal(dueDay, (OrderSchedule.Due(start, start.AddDays(90), start.AddDays(chosenDay), 0) - start).TotalDays, 3);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.25, 12)]
    [InlineData(0.999, 47.952)]
    public void Chooses_any_moment_of_the_window(double random, double hours) =>
        Assert.Equal(hours, (RenewalPoll.Choose(start, start.AddHours(48), random) - start).TotalHours, 3);

    [Theory]
    [InlineData(null, 360)]
    [InlineData(0, 1)]
    [InlineData(3600, 60)]
    [InlineData(999999, 1440)]
    public void Polls_as_the_CA_requests_but_not_more_than_every_minute_nor_less_than_daily(int? retryAfterSeconds, double minutes) =>
        Assert.Equal(minutes, RenewalPoll.NextPoll(retryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null).TotalMinutes);

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
        Assert.Equal(minutes, OrderSchedule.Backoff(failures, TimeSpan.FromDays(90), isServing: true, random).TotalMinutes, 6);

    [Theory]
    [InlineData(90 * 24.0, true, 6 * 60)]
    [InlineData(90 * 24.0, false, 60)]
    [InlineData(null, false, 60)]
    [InlineData(6 * 24.0, true, 6 * 60)]
    [InlineData(24.0, true, 60)]
    [InlineData(1.0, true, 2.5)]
    [InlineData(1.0, false, 2.5)]
    [InlineData(0.0333333, true, 1 / 12.0)]
    public void The_longest_step_is_a_twenty_fourth_of_the_lifetime_and_an_hour_without_a_certificate(double? lifetimeHours, bool isServing, double minutes) =>
        Assert.Equal(minutes, OrderSchedule.LongestBackoff(lifetimeHours is { } hours ? TimeSpan.FromHours(hours) : null, isServing).TotalMinutes, 3);

    // C1: the protection against a loop once made a gateway serve an expired certificate until day 7.
    [Theory]
    [InlineData(0.05)]
    [InlineData(24)]
    [InlineData(6 * 24)]
    [InlineData(90 * 24)]
    public void Four_certificates_just_before_do_not_keep_the_next_one_past_the_end_of_the_last(double lifetimeHours)
    {
        CertificatePeriod served = new(start, start.AddHours(lifetimeHours), null);
        OrderDecision decision = OrderSchedule.Next(Situation(start.AddHours(lifetimeHours * 0.2), served) with
        {
            Issued = [start, start.AddMinutes(-1), start.AddMinutes(-2), start.AddMinutes(-3)],
        });

        Assert.InRange(decision.At, start.AddHours(lifetimeHours * 0.1), served.NotAfter);
        Assert.False(decision.IsTooLate);
    }

    // A timer fires a little after the moment that it was set to.
    [Theory]
    [InlineData(2)]
    [InlineData(60)]
    [InlineData(24 * 60)]
    [InlineData(90 * 24 * 60)]
    public void From_the_last_chance_on_only_a_failure_or_a_certificate_that_just_came_hold_an_order_up(double lifetimeMinutes)
    {
        CertificatePeriod served = new(start, start.AddMinutes(lifetimeMinutes), null);
        DateTimeOffset last = OrderSchedule.LastChance(served.NotBefore, served.NotAfter);
        OrderSituation looping = Situation(last.AddMilliseconds(5), served) with { Issued = [start.AddMinutes(lifetimeMinutes * 0.8), start.AddMinutes(lifetimeMinutes * 0.7), start.AddMinutes(lifetimeMinutes * 0.6), start.AddMinutes(lifetimeMinutes * 0.5)] };

        Assert.Equal(new OrderDecision(looping.Now, IsTooLate: false), OrderSchedule.Next(looping));
        Assert.Equal(last.AddMilliseconds(5), OrderSchedule.Next(looping with { PausedUntil = last }).At);
        Assert.Equal(last.AddSeconds(1), OrderSchedule.Next(looping with { PausedUntil = last.AddSeconds(1) }).At);
        Assert.Equal(served.NotAfter, OrderSchedule.Next(looping with { PausedUntil = served.NotAfter.AddDays(1) }).At);
        Assert.InRange(OrderSchedule.Next(looping with { Issued = [looping.Now] }).At, looping.Now.AddMilliseconds(1), served.NotAfter);
    }

    [Fact]
    public void Certificates_of_a_clock_that_was_ahead_came_no_later_than_the_one_that_is_served()
    {
        CertificatePeriod served = new(start, start.AddHours(1), null);
        DateTimeOffset ahead = start.AddYears(7);

        Assert.Equal([start, start, start.AddHours(-2)], OrderSchedule.Newest([ahead, ahead.AddHours(-1), start.AddHours(-2)], start.AddMinutes(30), served.NotBefore));
        Assert.Equal(start.AddMinutes(57), OrderSchedule.Next(Situation(start.AddMinutes(30), served) with { Issued = [ahead, ahead, ahead, ahead] }).At);
    }

    // C2
    [Fact]
    public void Without_a_certificate_the_protection_against_a_loop_waits_an_hour_at_most()
    {
        DateTimeOffset[] week = [start, start.AddDays(-2), start.AddDays(-3), start.AddDays(-4)];

        Assert.Equal(start.AddHours(2), OrderSchedule.Next(Situation(start.AddHours(2), null) with { Issued = week }).At);
        OrderDecision decision = OrderSchedule.Next(Situation(start.AddMinutes(10), null) with { Issued = week });
        Assert.Equal(new OrderDecision(start.AddHours(1), IsTooLate: true), decision);
    }

    [Fact]
    public void A_lost_certificate_of_short_life_waits_no_longer_than_its_life_allows()
    {
        OrderSituation lost = Situation(start.AddSeconds(1), null) with
        {
            LastLifetime = TimeSpan.FromMinutes(2), Issued = [start, start.AddMinutes(-0.5), start.AddMinutes(-1), start.AddMinutes(-1.5)],
        };

        Assert.Equal(start.AddSeconds(5), OrderSchedule.Next(lost).At);
        Assert.Equal(start.AddMinutes(0.5).AddSeconds(1), OrderSchedule.Next(lost with { Now = start.AddMinutes(0.5).AddSeconds(1) }).At);
    }

    [Fact]
    public void Orders_nothing_further_for_a_tenth_of_the_lifetime_up_to_a_day_whatever_the_CA_wants()
    {
        foreach ((double lifetime, double days) in ((double, double)[])[(90, 1), (6, 0.6), (1, 0.1)])
        {
            CertificatePeriod served = new(start, start.AddDays(lifetime), null);
            OrderSituation situation = Situation(start, served) with { Chosen = start.AddDays(-1), Issued = [start] };

            Assert.Equal(days, (OrderSchedule.Next(situation).At - start).TotalDays, 3);
        }
    }

    [Fact]
    public void Orders_no_fifth_certificate_within_a_week_or_a_shorter_lifetime_while_one_is_valid()
    {
        CertificatePeriod week = new(start.AddDays(3), start.AddDays(93), null), day = new(start.AddHours(12), start.AddHours(36), null);

        Assert.Equal(start.AddDays(7), OrderSchedule.Next(Situation(start.AddDays(3), week) with
        {
            Chosen = start, Issued = [start.AddDays(3), start.AddDays(2), start.AddDays(1), start],
        }).At);
        Assert.Equal(start.AddHours(24), OrderSchedule.Next(Situation(start.AddHours(12), day) with
        {
            Chosen = start, Issued = [start.AddHours(12), start.AddHours(8), start.AddHours(4), start],
        }).At);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(30)]
    [InlineData(7 * 24)]
    public void A_CA_that_wants_to_be_left_alone_past_the_end_is_queried_once_more_before_it(double retryAfterHours)
    {
        DateTimeOffset now = start.AddHours(23);
        CertificatePeriod served = new(start, start.AddHours(24), null);

        OrderPause pause = OrderSchedule.PauseAfterFailure(now, served, 1, TimeSpan.FromHours(retryAfterHours), 1);

        Assert.Equal(start.AddHours(24).AddMinutes(-10), pause.Until);
        Assert.True(pause.IsTooLate);
        Assert.Equal(pause.Until, OrderSchedule.Next(Situation(now, served) with { PausedUntil = pause.Until }).At);
    }

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(48, 48, false)]
    [InlineData(200, 200, false)]
    public void A_CA_is_left_alone_for_as_long_as_it_requests_while_the_certificate_lasts(double retryAfterHours, double hours, bool isTooLate)
    {
        OrderPause pause = OrderSchedule.PauseAfterFailure(start, new CertificatePeriod(start.AddDays(-60), start.AddDays(30), null), 1, TimeSpan.FromHours(retryAfterHours), 1);

        Assert.Equal((start.AddHours(hours), isTooLate), (pause.Until, pause.IsTooLate));
    }

    [Fact]
    public void Without_a_certificate_a_CA_is_left_alone_for_a_day_at_most()
    {
        Assert.Equal(new OrderPause(start.AddHours(2), start.AddHours(2), IsTooLate: true), OrderSchedule.PauseAfterFailure(start, null, 1, TimeSpan.FromHours(2), 1));
        Assert.Equal(start.AddDays(1), OrderSchedule.PauseAfterFailure(start, null, 1, TimeSpan.FromDays(6), 1).Until);
    }

    // C6: the clock was years ahead when the pause was stored.
    [Fact]
    public void A_stored_pause_of_another_time_is_bounded()
    {
        CertificatePeriod served = new(start.AddDays(-60), start.AddDays(30), null);

        Assert.Null(OrderSchedule.Clamped(start.AddYears(5), start, null, isOfCa: true));
        Assert.Null(OrderSchedule.Clamped(start.AddYears(5), start, served, isOfCa: false));
        Assert.Equal(start.AddDays(1), OrderSchedule.Clamped(start.AddDays(6), start, null, isOfCa: true));
        Assert.Equal(start.AddHours(1), OrderSchedule.Clamped(start.AddDays(6), start, null, isOfCa: false));
        Assert.Equal(start.AddDays(6), OrderSchedule.Clamped(start.AddDays(6), start, served, isOfCa: true));
        Assert.Equal(start.AddHours(3), OrderSchedule.Clamped(start.AddHours(3), start, served, isOfCa: false));
        Assert.Equal(start.AddHours(-3), OrderSchedule.Clamped(start.AddHours(-3), start, served, isOfCa: false));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public void A_clock_that_was_wrong_when_the_certificate_came_orders_one_a_lifetime(int years)
    {
        DateTimeOffset now = start.AddYears(years);
        CertificatePeriod served = new(start, start.AddDays(90), IssuedAt: now);

        Assert.Equal(now.AddDays(60), OrderSchedule.Next(Situation(now.AddDays(1), served) with { Issued = [now] }).At);
        Assert.Equal(start.AddDays(60), OrderSchedule.Next(Situation(start.AddDays(1), served)).At);
    }

    [Fact]
    public void A_certificate_that_only_has_to_be_fetched_is_fetched_at_once()
    {
        CertificatePeriod served = new(start, start.AddDays(90), null);

        Assert.Equal(start.AddDays(1), OrderSchedule.Next(Situation(start.AddDays(1), served) with { IsOrderFinished = true, Issued = [start.AddDays(1)] }).At);
    }

    [Fact]
    public void The_certificate_of_another_CA_is_replaced_at_once_and_a_failure_there_is_waited_out_while_it_lasts()
    {
        CertificatePeriod served = new(start, start.AddDays(90), null);
        OrderSituation situation = Situation(start.AddDays(1), served) with { IsFromThisCa = false };

        Assert.Equal(start.AddDays(1), OrderSchedule.Next(situation).At);
        Assert.Equal(start.AddDays(1.5), OrderSchedule.Next(situation with { PausedUntil = start.AddDays(1.5) }).At);
        Assert.True(OrderSchedule.Next(situation with { PausedUntil = start.AddDays(900) }).At < served.NotAfter);
    }

    private static OrderSituation Situation(DateTimeOffset now, CertificatePeriod? served) => new() { Now = now, Served = served, IsFromThisCa = true };
}
