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
    /// <summary>EX_SOFTWARE of sysexits.h: none of the program's own exit codes, so restarts can be told apart.</summary>
    private const int ExitStatus = 70;

    private const int StandardError = 2;

    /// <summary>A process that spends four fifths of such a time in collections does nothing else any more.</summary>
    private static readonly TimeSpan window = TimeSpan.FromSeconds(20);

    // Resolved now: when memory has run out nothing may be looked up or allocated.
    private static readonly delegate* unmanaged<int, void> exit = (delegate* unmanaged<int, void>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "_exit");
    private static readonly delegate* unmanaged<int, byte*, nint, nint> write =
        (delegate* unmanaged<int, byte*, nint, nint>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "write");

    public static void EndTheProcess()
    {
        AppDomain.CurrentDomain.FirstChanceException += OnException;
        new Thread(WatchCollections) { IsBackground = true, Name = "memory watchdog" }.Start();
    }

    /// <summary>Whether collections have taken nearly all of a time.</summary>
    public static bool IsExhausted(TimeSpan paused, TimeSpan elapsed) => paused > elapsed * 0.8;

    private static void OnException(object? sender, FirstChanceExceptionEventArgs raised)
    {
        if (raised.Exception is OutOfMemoryException)
        {
            Exit("issuer-gateway: out of memory, exiting so that the supervisor restarts it\n"u8);
        }
    }

    private static void WatchCollections()
    {
        while (true)
        {
            long since = Stopwatch.GetTimestamp();
            TimeSpan before = GC.GetTotalPauseDuration();
#pragma warning disable RS0030 // A thread of its own on the system's clock: what waits on the pool does not run when this is needed.
            Thread.Sleep(window);
#pragma warning restore RS0030
            if (IsExhausted(GC.GetTotalPauseDuration() - before, Stopwatch.GetElapsedTime(since)))
            {
                Exit("issuer-gateway: garbage collection takes all the time, memory is exhausted; exiting so that the supervisor restarts it\n"u8);
            }
        }
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
