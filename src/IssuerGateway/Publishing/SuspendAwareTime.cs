using System.Runtime.InteropServices;

namespace IssuerGateway.Publishing;

/// <summary>
/// The system's time with a monotonic clock that continues while the machine is suspended (CLOCK_BOOTTIME); that of .NET
/// stands still (CLOCK_MONOTONIC), so documents would look younger than they are.
/// </summary>
internal sealed partial class SuspendAwareTime : TimeProvider
{
    private const int ClockBoottime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private SuspendAwareTime()
    {
    }

    /// <summary>The system's own time where it has no such clock.</summary>
    public static TimeProvider Instance { get; } = GetTime(ClockBoottime, out _) == 0 ? new SuspendAwareTime() : System;

    /// <summary>Names this run of the machine; absent where the kernel does not provide it.</summary>
    public static string? BootId { get; } = ReadBootId();

    public override long TimestampFrequency => NanosecondsPerSecond;

    public override long GetTimestamp()
    {
        _ = GetTime(ClockBoottime, out Timespec now);
        return (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds;
    }

    private static string? ReadBootId()
    {
        try
        {
            string id = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            return id.Length is > 0 and <= 64 ? id : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // clock_gettime(2) never blocks: the collector need not know of the call.
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int GetTime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
