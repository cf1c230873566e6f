using System.Collections.Immutable;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>What of the state has reached the disk, and why the rest has not.</summary>
internal readonly record struct Kept(bool Documents, bool Ledger, ImmutableArray<Finding> Faults);

/// <summary>
/// Writes one issuer's state on a thread of its own: a disk that blocks holds up a refresh for <see cref="Patience"/>
/// once, and what is published never. There is one write at a time; what came too late is written by a later refresh.
/// </summary>
internal sealed class StateWriter(LastKnownGoodStore store, KeyLedgerStore ledgers, IssuerIdentifier issuer, TimeProvider time)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private Task<Kept>? running;

    public async Task<Kept> WriteAsync(LastKnownGood? documents, KeyLedger? ledger)
    {
        if (running is { IsCompleted: false })
        {
            return Late();
        }

        // A thread of its own, not one of the pool: it may block for as long as the volume is away.
        running = Task.Factory.StartNew(() => Write(documents, ledger), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await running.WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            return Late();
        }
    }

    private Kept Write(LastKnownGood? documents, KeyLedger? ledger)
    {
        Finding? documentsFault = documents is null ? null : store.Save(issuer, documents);
        Finding? ledgerFault = ledger is null ? null : ledgers.Save(issuer, ledger);
        return new Kept(documentsFault is null, ledgerFault is null, [.. new[] { documentsFault, ledgerFault }.OfType<Finding>()]);
    }

    private Kept Late() => new(false, false, [LastKnownGoodStore.NotWritten(issuer, $"StateDirectory has not taken a write within {Patience.TotalSeconds:0} s")]);
}
