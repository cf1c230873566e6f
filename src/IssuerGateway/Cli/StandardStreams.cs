using Microsoft.Win32.SafeHandles;

namespace IssuerGateway.Cli;

/// <summary>
/// Keeps the numbers of standard input, output and error from being given to another file. A process whose standard output or
/// error is closed when it starts would give them to what it opens next, and write its log there.
/// </summary>
internal static class StandardStreams
{
    private const int StandardError = 2;

    /// <summary>For as long as the process lives.</summary>
    private static readonly List<SafeFileHandle> placeholders = [];

    /// <summary>Has to come before the process opens anything. What is closed stays so: no placeholder can be written.</summary>
    public static void Reserve()
    {
        // Unix gives the lowest free number.
        SafeFileHandle handle;
        while ((handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read, FileShare.ReadWrite)).DangerousGetHandle() <= StandardError)
        {
            placeholders.Add(handle);
        }

        handle.Dispose();
    }
}
