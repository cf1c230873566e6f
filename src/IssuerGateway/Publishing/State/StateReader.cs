using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.State;

/// <summary>
/// Reads one issuer's state on a thread of its own: a disk that blocks holds up the start for <see cref="Timeout"/>. What
/// it returns after that is kept until somebody takes it.
/// </summary>
internal sealed class StateReader(StateStores stores, IssuerIdentifier issuer, TimeProvider time)
{
    /// <summary>
    /// The public ports stay closed for so long. A volume that works responds within a second, also while it is busy; and
    /// readiness waits for nothing after 30 s (<see cref="RefreshService.ReadyWithout"/>), so this leaves time to fetch.
    /// </summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private Task<RestoredState>? pending;

    public async Task<RestoredState> ReadAsync()
    {
        // A thread of its own, not one of the pool: it may block for as long as the volume is unavailable.
        Task<RestoredState> reading = Task.Factory.StartNew(() => stores.Read(issuer, time.GetUtcNow()), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await reading.WaitAsync(Timeout, time);
        }
        catch (TimeoutException)
        {
            pending = reading;
            return new RestoredState(Documents: null, KeyHistory.StartedAt(time.GetUtcNow()), Provenance: null, [NotRead()]);
        }
    }

    /// <summary>The message while a disk that was given up at the start has still not responded, or nobody has taken its response.</summary>
    public Finding? PendingRestore => pending is null ? null : NotRead();

    /// <summary>What has been read after <see cref="Timeout"/>, once; null until then.</summary>
    public RestoredState? TryTakeRestored()
    {
        if (pending is not { IsCompletedSuccessfully: true } read)
        {
            return null;
        }

        pending = null;
        return read.Result;
    }

    private Finding NotRead() => Finding.Error("state-not-read",
        $"state of issuer \"{issuer}\": reading StateDirectory timed out after {Timeout.TotalSeconds:0} s",
        "check that the StateDirectory volume is mounted and responsive. Nothing is published until an API server responds; key ages restart until the volume does");
}
