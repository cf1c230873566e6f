using System.Runtime.InteropServices;

namespace IssuerGateway.Tls.Serving;

/// <summary>
/// OpenSSL takes its memory from malloc, and glibc keeps what was freed apart for each thread: after many handshakes that
/// is half as much again as one shared arena holds (loadtests/RESULTS.md). Handshakes are not limited by malloc's lock.
/// </summary>
internal static partial class OpenSslMemory
{
    /// <summary>M_ARENA_MAX of mallopt(3).</summary>
    private const int ArenaMax = -8;

    /// <summary>First thing in the process: an arena that a thread has taken stays.</summary>
    public static void UseOneArena()
    {
        // What the operator says in the environment stays in force.
        if (Environment.GetEnvironmentVariable("MALLOC_ARENA_MAX") is null)
        {
            try
            {
                // Refused, it leaves things as they are: nothing to report.
                _ = MallOpt(ArenaMax, 1);
            }
            catch (EntryPointNotFoundException)
            {
                // Another libc than glibc: nothing to choose.
            }
        }
    }

    /// <summary>Gives what is free back to the system; glibc alone keeps what lies between two blocks in use.</summary>
    public static void GiveBack()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Another libc than glibc.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
