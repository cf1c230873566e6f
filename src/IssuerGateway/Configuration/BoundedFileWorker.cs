namespace IssuerGateway.Configuration;

/// <summary>
/// Does one piece of file work after the other, each on a thread of its own: a volume that does not respond holds up
/// whoever wants something of it for twice <see cref="Timeout"/> at most and no thread that serves. While one piece is
/// stuck no further one is begun; what it does when the volume is back, it does before all that follows.
/// </summary>
internal sealed class BoundedFileWorker
{
    private readonly Lock gate = new();
    private Task last = Task.CompletedTask;

    /// <summary>How long a piece of work is waited for. A volume that works responds within a second, also while it is busy.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The message about a volume that did not respond in time.</summary>
    public string TimedOutText => $"did not respond within {Timeout.TotalSeconds:0} s";

    /// <param name="late">The result when the work has not ended in time; that of the work itself is then lost.</param>
    public async Task<T> DoAsync<T>(Func<T> work, T late)
    {
        // A disk does not follow a test's clock.
        TimeProvider time = TimeProvider.System;
        Task<T>? own;
        while ((own = TryBegin(work, out Task before)) is null)
        {
            await before.WaitAsync(Timeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!before.IsCompleted)
            {
                return late;
            }
        }

        try
        {
            return await own.WaitAsync(Timeout, time);
        }
        catch (TimeoutException)
        {
            return late;
        }
    }

    private Task<T>? TryBegin<T>(Func<T> work, out Task before)
    {
        lock (gate)
        {
            before = last;
            if (!before.IsCompleted)
            {
                return null;
            }

            Task<T> own = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            last = own;
            return own;
        }
    }
}
