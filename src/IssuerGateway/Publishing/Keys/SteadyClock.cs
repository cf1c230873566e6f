namespace IssuerGateway.Publishing.Keys;

/// <summary>
/// A timeline that starts with the wall clock and then follows elapsed time alone, suspended time included where the
/// <see cref="TimeProvider"/> counts it: a step of the wall clock makes nothing older or younger.
/// </summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly long startedAt = time.GetTimestamp();
    private readonly DateTimeOffset startedAtWall = time.GetUtcNow();

    public DateTimeOffset Now => startedAtWall + time.GetElapsedTime(startedAt);

    /// <summary>The wall time of a moment of this timeline, as the wall clock stands now.</summary>
    public DateTimeOffset ToWall(DateTimeOffset moment)
    {
        TimeSpan age = Now - moment;
        DateTimeOffset wall = time.GetUtcNow();
        return age >= TimeSpan.Zero && wall - DateTimeOffset.MinValue > age ? wall - age : wall;
    }

    /// <summary>Time since the machine started, for ages across processes.</summary>
    public TimeSpan SinceBoot => time.GetElapsedTime(0);

    /// <summary>Names the run of the machine in which <see cref="SinceBoot"/> counts; absent where it is not known.</summary>
    public string? BootId => time is SuspendAwareTime ? SuspendAwareTime.BootId : null;
}
