using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace IssuerGateway.Edge.Watchdog;

/// <summary>
/// Ends the process at once when memory has run out, so that its supervisor starts it again. Otherwise it would live on
/// without working: handlers below catch OutOfMemoryException like any other fault of one connection, and close to the
/// heap's limit the collector runs without end, in which no signal is handled and no probe is served.
/// </summary>
internal static unsafe class MemoryExhaustion
{
    /// <summary>EX_SOFTWARE of sysexits.h: none of the program's own exit codes, so restarts can be distinguished.</summary>
    private const int ExitStatus = 70;

    private const int StandardError = 2;

    // Resolved now: when memory has run out nothing may be looked up or allocated.
    private static readonly delegate* unmanaged<int, void> exit = (delegate* unmanaged<int, void>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "_exit");
    private static readonly delegate* unmanaged<int, byte*, nint, nint> write =
        (delegate* unmanaged<int, byte*, nint, nint>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "write");
    private static readonly delegate* unmanaged<void*, nuint, int, int> poll =
        (delegate* unmanaged<void*, nuint, int, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "poll");

    public static void EndTheProcess()
    {
        AppDomain.CurrentDomain.FirstChanceException += OnException;
        new Thread(WatchCollections) { IsBackground = true, Name = "memory watchdog" }.Start();
    }

    private static void OnException(object? sender, FirstChanceExceptionEventArgs raised)
    {
        if (raised.Exception is OutOfMemoryException)
        {
            Exit("issuer-gateway: out of memory, exiting so that the supervisor restarts it\n"u8);
        }
    }

    // On a thread of its own: what waits on the pool does not run when this is needed.
    private static void WatchCollections()
    {
        CollectionShare share = default;
        while (true)
        {
            long since = Stopwatch.GetTimestamp();
            TimeSpan before = GC.GetTotalPauseDuration();

            // poll(2) waits for a time, not until one: no clock that is set meanwhile shortens it.
            _ = poll(null, 0, (int)CollectionShare.Interval.TotalMilliseconds);
            bool isBusy = CollectionShare.IsBusy(GC.GetTotalPauseDuration() - before, Stopwatch.GetElapsedTime(since));
            if (share.IsExhaustedAfter(isBusy && IsScarce()))
            {
                Exit("issuer-gateway: garbage collection takes all the time, memory is exhausted; exiting so that the supervisor restarts it\n"u8);
            }
        }
    }

    private static bool IsScarce()
    {
        GCMemoryInfo info = GC.GetGCMemoryInfo();
        return CollectionShare.IsScarce(
            Math.Max(info.HeapSizeBytes, info.TotalCommittedBytes), info.TotalAvailableMemoryBytes, info.MemoryLoadBytes, info.HighMemoryLoadThresholdBytes);
    }

    // Not Environment.FailFast, which allocates, nor exit(3), which runs handlers that may.
    private static void Exit(ReadOnlySpan<byte> message)
    {
        fixed (byte* bytes = message)
        {
            _ = write(StandardError, bytes, message.Length);
        }

        exit(ExitStatus);
    }
}
