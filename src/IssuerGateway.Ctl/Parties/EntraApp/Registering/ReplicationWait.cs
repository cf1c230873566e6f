namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>How long the directory is given to know everywhere what was written; queried again at a fixed pace.</summary>
internal sealed class ReplicationWait(TimeSpan limit, TimeProvider time, Action<string> progress)
{
    private static readonly TimeSpan pace = TimeSpan.FromSeconds(2);

    /// <summary>Repeats until the step returns something or the limit is reached; then null.</summary>
    public async Task<T?> UntilAsync<T>(string what, Func<CancellationToken, Task<T?>> step, CancellationToken cancellation)
        where T : class
    {
        long start = time.GetTimestamp();
        while (true)
        {
            if (await step(cancellation) is { } response)
            {
                return response;
            }

            if (time.GetElapsedTime(start) + pace > limit)
            {
                return null;
            }

            progress($"waiting until {what}");
            await Task.Delay(pace, time, cancellation);
        }
    }
}
