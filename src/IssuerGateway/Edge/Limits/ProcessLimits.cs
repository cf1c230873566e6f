using System.Globalization;
using IssuerGateway.Configuration;

namespace IssuerGateway.Edge.Limits;

/// <summary>What the system lets this process have; connections are counted against all of it.</summary>
/// <param name="Descriptors">RLIMIT_NOFILE: open files and sockets.</param>
/// <param name="MemoryBytes">Memory for this process: of its control groups, else of the machine.</param>
/// <param name="HeapBytes">The part of it that the garbage collector takes: three quarters of a container's, or DOTNET_GCHeapHardLimit.</param>
internal readonly record struct ProcessLimits(int Descriptors, long MemoryBytes, long HeapBytes)
{
    /// <summary>Used where the system does not state it, as on a developer's machine without /proc.</summary>
    private const int UnknownDescriptors = 1024;

    private const string LimitsFile = "/proc/self/limits";
    private const string OpenFiles = "Max open files";

    public static ProcessLimits Current()
    {
        long heap = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new(DescriptorsIn(SystemFile.ReadIfThere(LimitsFile) ?? ""), MemoryLimit.Find(SystemFile.ReadIfThere) ?? heap, heap);
    }

    /// <summary>The soft limit (proc_pid_limits(5)).</summary>
    public static int DescriptorsIn(string limits)
    {
        foreach (ReadOnlySpan<char> line in limits.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(OpenFiles))
            {
                ReadOnlySpan<char> soft = line[OpenFiles.Length..].TrimStart();
                soft = soft[..(soft.IndexOf(' ') is >= 0 and int end ? end : soft.Length)];
                return soft is "unlimited" ? int.MaxValue
                    : long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? (int)Math.Min(value, int.MaxValue)
                    : UnknownDescriptors;
            }
        }

        return UnknownDescriptors;
    }
}
