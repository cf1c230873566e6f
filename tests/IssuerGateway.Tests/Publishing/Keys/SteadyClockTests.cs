using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Tests.Publishing.Keys;

public sealed class SteadyClockTests
{
    private readonly JumpingTime time = new();

    [Fact]
    public void Shows_a_moment_as_old_as_it_is_however_the_wall_clock_was_set()
    {
        SteadyClock clock = new(time);
        DateTimeOffset moment = clock.Now;
        time.Advance(TimeSpan.FromHours(1));
        time.Jump(TimeSpan.FromDays(400));

        Assert.Equal(time.GetUtcNow().AddHours(-1), clock.ToWall(moment));
        Assert.Equal(time.GetUtcNow(), clock.ToWall(clock.Now));
    }

    [Fact]
    public void Shows_a_moment_that_no_wall_clock_has_as_now()
    {
        SteadyClock clock = new(time);

        Assert.Equal(time.GetUtcNow(), clock.ToWall(clock.Now.AddHours(1)));
        Assert.Equal(time.GetUtcNow(), clock.ToWall(DateTimeOffset.MinValue));
    }

    [Fact]
    public void Knows_the_run_of_the_machine_only_from_a_clock_that_counts_suspended_time()
    {
        Assert.Null(new SteadyClock(time).BootId);
        Assert.Equal(SuspendAwareTime.Instance is SuspendAwareTime ? SuspendAwareTime.BootId : null, new SteadyClock(SuspendAwareTime.Instance).BootId);
    }
}
