namespace IssuerGateway.Publishing;

/// <summary>
/// When documents were last confirmed by an API server: on the monotonic clock within the process, so that a jump of
/// the wall clock ages nothing, and as wall time for the next process.
/// </summary>
internal readonly record struct Confirmation(long Timestamp, TimeSpan EarlierAge, DateTimeOffset At)
{
    public static Confirmation Now(TimeProvider time) => new(time.GetTimestamp(), TimeSpan.Zero, time.GetUtcNow());

    public TimeSpan Age(TimeProvider time) => EarlierAge + time.GetElapsedTime(Timestamp);
}
