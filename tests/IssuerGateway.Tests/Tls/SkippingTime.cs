using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Tls;

/// <summary>A fake clock that jumps to the end of every wait at once: what waits for minutes or days takes no time.</summary>
internal sealed class SkippingTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero)
        {
            Advance(dueTime);
        }

        return timer;
    }
}
