using System.Globalization;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>
/// A limit of memory by the strongest means at hand: a control group, in which the kernel ends a process that takes more;
/// where the tests may make none, the limit that .NET keeps to inside such a group, and the resident memory is measured.
/// </summary>
internal sealed class MemoryBound : IDisposable
{
    private readonly string? group;

    private MemoryBound(string? group, int bytes)
    {
        this.group = group;
        Means = group is null ? $"heap limit as in a container of {bytes >> 20} MiB, no control group at hand" : $"control group of {bytes >> 20} MiB";
        CommandPrefix = group is null ? [] : ["sh", "-c", $"echo $$ > {group}/cgroup.procs && exec \"$@\"", "sh"];

        // What the runtime takes of a container's limit by default: three quarters for the heap.
        Variables = [("DOTNET_GCHeapHardLimit", (bytes / 4 * 3).ToString("x", CultureInfo.InvariantCulture))];
    }

    public string Means { get; }

    public IReadOnlyList<string> CommandPrefix { get; }

    public IReadOnlyList<(string, string)> Variables { get; }

    public static MemoryBound Of(int bytes)
    {
        string name = $"issuer-gateway-test-{Guid.NewGuid():N}";
        foreach ((string parent, string limit) in ((string, string)[])[("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")])
        {
            string group = Path.Combine(parent, name);
            try
            {
                if (File.Exists(Path.Combine(parent, "cgroup.procs")))
                {
                    Directory.CreateDirectory(group);
                    File.WriteAllText(Path.Combine(group, limit), bytes.ToString(CultureInfo.InvariantCulture));
                    return new MemoryBound(group, bytes);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Remove(group);
            }
        }

        return new MemoryBound(null, bytes);
    }

    public void Dispose()
    {
        if (group is not null)
        {
            Remove(group);
        }
    }

    // rmdir(2): its files are the kernel's.
    private static void Remove(string group)
    {
        try
        {
            Directory.Delete(group);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The kernel removes nothing that is still in use; the name is of this run alone.
        }
    }
}
