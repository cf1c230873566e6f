using System.Globalization;

namespace IssuerGateway.Edge.Limits;

/// <summary>
/// The memory that the system grants this process: the lowest limit of its control groups (version 1 or 2) and of the
/// machine. The garbage collector knows it too, but not a parent group's lower limit nor <c>memory.high</c>, above which
/// the kernel slows a process down instead of ending it.
/// </summary>
internal static class MemoryLimit
{
    private const string Version2Root = "/sys/fs/cgroup";
    private const string Version1Root = "/sys/fs/cgroup/memory";

    /// <param name="read">Content of a file, null where there is none.</param>
    public static long? Find(Func<string, string?> read)
    {
        long? lowest = MachineMemory(read("/proc/meminfo"));
        foreach (string line in (read("/proc/self/cgroup") ?? "").Split('\n'))
        {
            // cgroups(7): hierarchy:controllers:path
            string[] fields = line.Split(':', 3);
            if (fields is ["0", "", var unified])
            {
                lowest = Lowest(lowest, LowestOf(read, Version2Root, unified, "memory.max", "memory.high"));
            }
            else if (fields is [_, var controllers, var path] && controllers.Split(',').Contains("memory"))
            {
                lowest = Lowest(lowest, LowestOf(read, Version1Root, path, "memory.limit_in_bytes"));
            }
        }

        return lowest;
    }

    // A limit of any group above holds as well. In a container the path may be the host's, of which nothing is mounted but the root.
    private static long? LowestOf(Func<string, string?> read, string root, string path, params ReadOnlySpan<string> files)
    {
        long? lowest = null;
        string directory = path.Trim('/');
        while (true)
        {
            foreach (string file in files)
            {
                lowest = Lowest(lowest, Number(read(directory.Length == 0 ? $"{root}/{file}" : $"{root}/{directory}/{file}")));
            }

            if (directory.Length == 0)
            {
                return lowest;
            }

            directory = directory[..Math.Max(0, directory.LastIndexOf('/'))];
        }
    }

    private static long? MachineMemory(string? text)
    {
        foreach (string line in (text ?? "").Split('\n'))
        {
            if (line.StartsWith("MemTotal:", StringComparison.Ordinal))
            {
                return Number(line["MemTotal:".Length..].Replace("kB", "", StringComparison.Ordinal)) * 1024;
            }
        }

        return null;
    }

    // "max" is no limit, and neither is version 1's largest number, which no machine has.
    private static long? Number(string? text) =>
        long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value > 0 ? value : null;

    private static long? Lowest(long? a, long? b) => a is null || b < a ? b ?? a : a;
}
