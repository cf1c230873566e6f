namespace IssuerGateway.Base;

/// <summary>The bytes of a file that a person names on a command line: bounded in size and time, because it may be a pipe or a device.</summary>
public static class NamedFile
{
    /// <summary>Whoever writes into a pipe may sign in first.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <exception cref="IOException">Nothing came in time, there is too much, or the file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static byte[] Read(string path, int maxBytes, TimeSpan? wait = null)
    {
        TimeSpan limit = wait ?? LongestWait;
        Task<byte[]> reading = Task.Run(() => FileSet.Read(maxBytes, path).Contents[0]);

        // Opening a pipe that nobody writes into cannot be canceled; its thread ends with the process.
        return Task.WaitAny([reading], limit) == 0 ? reading.GetAwaiter().GetResult()
            : throw new FileTimeoutException($"nothing could be read within {limit.TotalSeconds:0} s: a pipe needs a program that writes into it");
    }
}

/// <summary>A pipe or a device that nothing came from in time.</summary>
public sealed class FileTimeoutException(string message) : IOException(message);
