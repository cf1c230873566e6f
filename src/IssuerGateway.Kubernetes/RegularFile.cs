using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using IssuerGateway.Base;
using Microsoft.Win32.SafeHandles;

namespace IssuerGateway.Kubernetes;

/// <summary>
/// Reads whole regular files of bounded size. Not pipes, sockets and devices: opening one may wait forever, and reading one
/// may never end. A volume that hangs delays its reader for <see cref="Timeout"/>, and the next readers not at all until it
/// responds.
/// </summary>
public static partial class RegularFile
{
    /// <summary>How long a read is waited for. A volume that works responds within a second, also while it is busy.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Reads that have not ended in time, by their paths: one thread each, however often they are tried.</summary>
    private static readonly ConcurrentDictionary<string, Task> stuck = new(StringComparer.Ordinal);

    /// <param name="maxBytes">Upper bound for each file; a larger one is a <see cref="FileTooLargeException"/>.</param>
    /// <exception cref="FileNotFoundException">A file is missing; it is named in <see cref="FileNotFoundException.FileName"/>.</exception>
    /// <exception cref="IOException">A file is no regular one, larger than allowed, kept changing, or on a volume that does not respond.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static FileSet Read(int maxBytes, params IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
        {
            return FileSet.Read(maxBytes, paths);
        }

        string key = string.Join('\n', paths);
        if (stuck.TryGetValue(key, out Task? before) && !before.IsCompleted)
        {
            throw new IOException(TimedOut(paths));
        }

        // Not this thread: one that waits for a dead network file system cannot be interrupted.
        if (!ReaderThreads.TryRun(() => FileSet.Read(paths, path => ReadOne(path, maxBytes)), Timeout, out Task<FileSet> reading))
        {
            stuck[key] = reading;
            throw new IOException(TimedOut(paths));
        }

        stuck.TryRemove(key, out _);
        return reading.GetAwaiter().GetResult();
    }

    /// <summary>The same of one file on the thread of the caller, which has a limit of its own and may block as long as the volume does.</summary>
    /// <inheritdoc cref="Read"/>
    public static byte[] ReadHere(int maxBytes, string path) => ReadOne(path, maxBytes);

    private static string TimedOut(IReadOnlyList<string> paths) => $"{string.Join(", ", paths)}: has not responded within {Timeout.TotalSeconds:0} s";

    private static byte[] ReadOne(string path, int maxBytes)
    {
        using FileStream file = new(OpenFile(path, OperatingSystem.IsLinux()), FileAccess.Read, bufferSize: 0);
        return BoundedReading.Read(file, maxBytes) ?? throw new FileTooLargeException(path, maxBytes);
    }

    /// <summary>Elsewhere what is no regular file may block for <see cref="Timeout"/>: there is no statx(2).</summary>
    internal static SafeFileHandle OpenFile(string path, bool isLinux) =>
        isLinux ? OpenOnLinux(path) : File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    // With O_NONBLOCK the open of a pipe returns at once, and what has been opened is what is then checked.
    private static unsafe SafeFileHandle OpenOnLinux(string path)
    {
        const int readOnlyNonBlockingCloseOnExec = 0x800 | 0x80000;
        int descriptor = Open(path, readOnlyNonBlockingCloseOnExec);
        if (descriptor < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            string message = $"{path}: {Marshal.GetPInvokeErrorMessage(error)}";
            throw error switch
            {
                2 or 20 => new FileNotFoundException($"{path}: no such file", path),
                1 or 13 => new UnauthorizedAccessException(message),
                _ => new IOException(message),
            };
        }

        SafeFileHandle file = new(descriptor, ownsHandle: true);
        const int emptyPath = 0x1000, typeOnly = 1, modeOffset = 28, typeMask = 0xF000, regular = 0x8000;
        byte* status = stackalloc byte[256];
        if (Statx(descriptor, "", emptyPath, typeOnly, status) == 0 && (*(ushort*)(status + modeOffset) & typeMask) != regular)
        {
            file.Dispose();
            throw new NotRegularFileException($"{path}: is not a regular file");
        }

        return file;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* status);
}

/// <summary>A pipe, socket or device stands in the place of a file.</summary>
public sealed class NotRegularFileException(string message) : IOException(message);
