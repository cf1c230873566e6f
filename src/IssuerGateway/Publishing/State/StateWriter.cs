using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.State;

/// <summary>
/// Writes one issuer's state on a thread of its own: a disk that blocks holds up a refresh for <see cref="Timeout"/>
/// once, and what is published never. There is one write at a time; what came too late is written by a later refresh.
/// </summary>
internal sealed class StateWriter(StateStores stores, IssuerIdentifier issuer, TimeProvider time)
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private Task<WriteResult>? running;

    public async Task<WriteResult> WriteAsync(StateToWrite state)
    {
        if (running is { IsCompleted: false })
        {
            return TimedOut();
        }

        // A thread of its own, not one of the pool: it may block for as long as the volume is unavailable.
        running = Task.Factory.StartNew(() => stores.Write(issuer, state), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await running.WaitAsync(Timeout, time);
        }
        catch (TimeoutException)
        {
            return TimedOut();
        }
    }

    private WriteResult TimedOut() => new(false, false, [LastKnownGoodStore.NotWritten(issuer, $"writing to StateDirectory timed out after {Timeout.TotalSeconds:0} s")]);
}
