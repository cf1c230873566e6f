using System.Security.Cryptography;

namespace IssuerGateway.Base;

/// <summary>
/// The contents of one or more files as of one moment, with a hash by which a poller sees change. Kubernetes replaces
/// the files of a volume by swapping the symbolic link <c>..data</c>, so files of one generation are read as one.
/// </summary>
public sealed record FileSet(IReadOnlyList<byte[]> Contents, string Hash)
{
    /// <summary>Attempts before a volume that keeps changing under the reader is given up.</summary>
    private const int Attempts = 5;

    /// <param name="maxBytes">Upper bound for each file; a larger one is an <see cref="IOException"/>.</param>
    /// <exception cref="IOException">A file is missing, larger than allowed, or kept changing.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static FileSet Read(int maxBytes, params IReadOnlyList<string> paths) => Read(paths, path => ReadBounded(path, maxBytes));

    /// <param name="readFile">Reads one file.</param>
    public static FileSet Read(IReadOnlyList<string> paths, Func<string, byte[]> readFile)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            string[] before = [.. paths.Select(Generation)];
            byte[][] contents = [.. paths.Select(readFile)];
            if (before.SequenceEqual(paths.Select(Generation)))
            {
                return new FileSet(contents, HashOf(contents));
            }
        }

        throw new IOException($"{string.Join(", ", paths)}: changed during each of {Attempts} reads");
    }

    private static string Generation(string path) =>
        new FileInfo(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "..data")).LinkTarget ?? "";

    private static byte[] ReadBounded(string path, int maxBytes)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return BoundedReading.Read(stream, maxBytes) ?? throw new FileTooLargeException(path, maxBytes);
    }

    private static string HashOf(IEnumerable<byte[]> contents)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] content in contents)
        {
            hash.AppendData(BitConverter.GetBytes(content.Length));
            hash.AppendData(content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>A file holds more than its reader allows.</summary>
public sealed class FileTooLargeException(string path, int maxBytes) : IOException($"{path}: larger than the {maxBytes} bytes allowed");
