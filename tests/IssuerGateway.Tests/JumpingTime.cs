using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests;

/// <summary>A fake clock whose wall time can be set without moving its monotonic time or its timers, as on a real machine.</summary>
internal sealed class JumpingTime : TimeProvider
{
    private readonly FakeTimeProvider steady = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentQueue<TimeSpan> waits = new();
    private TimeSpan jump;
    private TimeSpan suspended;

    /// <summary>Every wait that has begun, so that a test advances only what is being waited for.</summary>
    public IReadOnlyCollection<TimeSpan> Waits => waits;

    public override long TimestampFrequency => steady.TimestampFrequency;

    public void Advance(TimeSpan by) => steady.Advance(by);

    public void Jump(TimeSpan by) => jump += by;

    /// <summary>The machine sleeps: wall clock and the clock that counts suspended time go on, no timer does.</summary>
    public void Suspend(TimeSpan by) => suspended += by;

    public override DateTimeOffset GetUtcNow() => steady.GetUtcNow() + jump + suspended;

    public override long GetTimestamp() => steady.GetTimestamp() + (suspended.Ticks * (TimestampFrequency / TimeSpan.TicksPerSecond));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = steady.CreateTimer(callback, state, dueTime, period);
        waits.Enqueue(dueTime);
        return timer;
    }
}
