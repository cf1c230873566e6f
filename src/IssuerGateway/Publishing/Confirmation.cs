namespace IssuerGateway.Publishing;

/// <summary>
/// When documents were last confirmed by an API server: on the monotonic clock within the process, so that a jump of
/// the wall clock ages nothing, and as wall time for the next process.
/// </summary>
internal readonly record struct Confirmation(long Timestamp, TimeSpan EarlierAge, DateTimeOffset At)
{
    public static Confirmation Now(TimeProvider time) => new(time.GetTimestamp(), TimeSpan.Zero, time.GetUtcNow());

    /// <summary>A confirmation of an earlier process; one in the future (the clock was set back) counts as fresh.</summary>
    public static Confirmation Earlier(TimeProvider time, DateTimeOffset at)
    {
        TimeSpan age = time.GetUtcNow() - at;
        return new Confirmation(time.GetTimestamp(), age > TimeSpan.Zero ? age : TimeSpan.Zero, at);
    }

    public TimeSpan Age(TimeProvider time) => EarlierAge + time.GetElapsedTime(Timestamp);
}
