using System.Globalization;

namespace IssuerGateway.Edge;

/// <summary>What the system lets this process have; connections are counted against both.</summary>
/// <param name="Descriptors">RLIMIT_NOFILE: open files and sockets.</param>
/// <param name="MemoryBytes">Memory for this process: of its control group, else of the machine.</param>
internal readonly record struct ProcessLimits(int Descriptors, long MemoryBytes)
{
    /// <summary>Taken where the system does not tell, as on a developer's machine without /proc.</summary>
    private const int UnknownDescriptors = 1024;

    private const string LimitsFile = "/proc/self/limits";
    private const string OpenFiles = "Max open files";

    public static ProcessLimits Current() => new(
        File.Exists(LimitsFile) ? DescriptorsIn(File.ReadAllText(LimitsFile)) : UnknownDescriptors,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

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
