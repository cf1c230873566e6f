using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IssuerGateway.Configuration;

/// <summary>Replaces a file so that a reader, a crash or a power cut sees the old content or the new one, whole.</summary>
internal static partial class AtomicFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode OwnerOnlyFolder = OwnerOnly | UnixFileMode.UserExecute;
    public const UnixFileMode WorldReadable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <exception cref="IOException">The directory is missing, full or read-only; the old file stands untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;

        // The same directory, so that rename(2) stays within one file system and is atomic.
        string temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            FileStreamOptions options = new()
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = mode,
                BufferSize = 0,
            };
            using (FileStream stream = new(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        SyncDirectory(directory);
    }

    /// <summary>Removes what earlier processes left when they were killed between writing and renaming.</summary>
    /// <param name="before">Files written later stand: another process may be about to rename them.</param>
    public static void RemoveLeftovers(string directory, DateTimeOffset before)
    {
        foreach (string leftover in Directory.EnumerateFiles(directory, ".*.tmp"))
        {
            if (File.GetLastWriteTimeUtc(leftover) < before)
            {
                File.Delete(leftover);
            }
        }
    }

    // Without it the rename itself may be lost in a power cut. .NET cannot open a directory, hence open(2).
    private static void SyncDirectory(string directory)
    {
        const int readOnlyDirectoryCloseOnExec = 0x10000 | 0x80000;
        int descriptor = Open(directory, readOnlyDirectoryCloseOnExec);
        if (descriptor >= 0)
        {
            using SafeFileHandle handle = new(descriptor, ownsHandle: true);
            _ = FSync(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);
}
