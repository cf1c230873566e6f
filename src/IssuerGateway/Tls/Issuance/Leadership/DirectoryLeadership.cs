using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Tls.Issuance.Stores;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance.Leadership;

/// <summary>Leads while it holds the lock on a file of the store's directory; the system takes the lock back when a process dies.</summary>
internal sealed class DirectoryLeadership(string directory, TimeProvider time, ILogger<DirectoryLeadership> logger) : ILeadership
{
    private static readonly TimeSpan retryInterval = TimeSpan.FromSeconds(5);

    private readonly LoggedFault lastFault = new();
    private readonly LoggedFault lastWarning = new();

    public string? Leader { get; private set; }

    public string? Fault => lastFault.Current;

    public async Task LeadAsync(Func<CancellationToken, Task> turn, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            // A thread of its own: opening a file blocks for as long as the volume is unavailable.
            using FileStream? held = await Task.Factory.StartNew(TryLock, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(cancellationToken);
            if (held is not null)
            {
                Leader = $"process {Environment.ProcessId} of this machine";
                await turn(cancellationToken);
                Leader = null;
            }

            await Task.Delay(retryInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private FileStream? TryLock()
    {
        try
        {
            Directory.CreateDirectory(directory, AtomicFile.OwnerOnlyFolder);
            lastWarning.Set(StoreDirectoryAccess.WarningOf(directory), warning => logger.LogWarning("{Warning}", warning));

            // FileShare.None is flock(2) on Linux, which needs no more than the right to read the file: nobody else may have it.
            string file = Path.Combine(directory, "leader.lock");
            FileStream held = new(file, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = AtomicFile.OwnerOnly });
            File.SetUnixFileMode(held.SafeFileHandle, AtomicFile.OwnerOnly);
            AtomicFile.RemoveLeftovers(directory, DateTimeOffset.MaxValue);
            LogFault(null);
            return held;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFault(e.Message);
            return null;
        }
    }

    private void LogFault(string? fault) => lastFault.Set(fault, begun =>
        logger.LogWarning("No certificates are ordered: {Fault} hint: make {Directory} (Tls:Acme:StoreDirectory) writable for this process alone; certificates in force keep serving", begun, directory));
}
