using System.Collections.Immutable;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>What an earlier process left of one issuer, and what of it could not be read.</summary>
internal sealed record EarlierState(LastKnownGood? Documents, KeyLedger Ledger, ImmutableArray<Finding> Faults);

/// <summary>
/// Reads one issuer's state on a thread of its own: a disk that blocks holds up the start for <see cref="Patience"/>. What
/// it answers after that is kept until somebody takes it.
/// </summary>
internal sealed class StateReader(LastKnownGoodStore store, KeyLedgerStore ledgers, IssuerIdentifier issuer, TimeProvider time)
{
    /// <summary>
    /// The public ports stay closed for so long. A volume that works answers within a second, also while it is busy; and
    /// readiness waits for nothing after 30 s (<see cref="RefreshService.ReadyWithout"/>), so this leaves time to fetch.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private Task<EarlierState>? late;

    public async Task<EarlierState> ReadAsync()
    {
        // A thread of its own, not one of the pool: it may block for as long as the volume is away.
        Task<EarlierState> reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await reading.WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            late = reading;
            return new EarlierState(Documents: null, KeyLedger.StartedAt(time.GetUtcNow()), [NotRead()]);
        }
    }

    /// <summary>What is said while a disk that was given up at the start has still not answered, or nobody has taken its answer.</summary>
    public Finding? Awaited => late is null ? null : NotRead();

    /// <summary>What has been read after <see cref="Patience"/>, once; null until then.</summary>
    public EarlierState? TakeLate()
    {
        if (late is not { IsCompletedSuccessfully: true } answered)
        {
            return null;
        }

        late = null;
        return answered.Result;
    }

    private EarlierState Read()
    {
        KeyLedger ledger = ledgers.Load(issuer, time.GetUtcNow(), out Finding? ledgerFault);
        LastKnownGood? documents = store.Load(issuer, out Finding? fault);
        return new EarlierState(documents, ledger, [.. new[] { ledgerFault, fault }.OfType<Finding>()]);
    }

    private Finding NotRead() => Finding.Error("state-not-read",
        $"state of issuer \"{issuer}\": StateDirectory has not answered a read within {Patience.TotalSeconds:0} s, expected what an earlier run has kept there",
        "see whether the volume of StateDirectory is away; until an API server answers nothing is published, and until the volume does keys count as new");
}
