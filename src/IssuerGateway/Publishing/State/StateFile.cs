using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Publishing.State;

/// <summary>One file of StateDirectory: one limit for reading and writing, and a newer version's file is never written over.</summary>
internal static partial class StateFile
{
    /// <summary>The version of every file that this gateway writes.</summary>
    public const int Version = 1;

    /// <summary>Base64 of two documents and room for the rest; also what a Secret can hold.</summary>
    public const int MaxBytes = 4 * StrictJson.MaxBytes;

    /// <summary>A write that takes longer has failed: its file may be swept away.</summary>
    private static readonly TimeSpan leftoverAfter = TimeSpan.FromMinutes(10);

    private static readonly ConcurrentDictionary<string, DateTimeOffset> sweptAt = new(StringComparer.Ordinal);

    public static string NameOf(string kind, IssuerIdentifier issuer) => $"{kind}-{KeyOf(issuer)}.json";

    /// <summary>What names an issuer where its own characters cannot: the first 16 hexadecimal digits of its SHA-256.</summary>
    public static string KeyOf(IssuerIdentifier issuer) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(issuer.Value)))[..16];

    /// <summary>The text of one file, if there is one and this gateway may read it.</summary>
    /// <param name="newer">The version of a file that a newer gateway has written.</param>
    /// <param name="problem">Why a file that is there cannot be read.</param>
    public static byte[]? ReadIfThere(string? directory, string path, out int? newer, out string? problem)
    {
        (newer, problem) = (null, null);
        if (directory is null || !File.Exists(path))
        {
            return null;
        }

        try
        {
            byte[] text = Read(path);
            return (newer = NewerVersionOf(text)) is null ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message.StartsWith($"{path}: ", StringComparison.Ordinal) ? e.Message[(path.Length + 2)..] : e.Message;
            return null;
        }
    }

    /// <exception cref="IOException">The file is missing, larger than allowed, or kept changing.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static byte[] Read(string path) => RegularFile.ReadHere(MaxBytes, path);

    /// <summary>The version in a state text; absent when it has none.</summary>
    public static int? VersionOf(ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("Version", out JsonElement version)
                && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out int number) ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The version of a text that a newer gateway has written; absent for every other text.</summary>
    public static int? NewerVersionOf(ReadOnlyMemory<byte> text) => VersionOf(text) is { } version and > Version ? version : null;

    /// <summary>Blocks as long as the disk does: see <see cref="StateWriter"/>.</summary>
    /// <returns>One sentence, the same as long as its cause is, and what to do; absent on success.</returns>
    public static StateFault? Write(string directory, string path, byte[] content, DateTimeOffset now)
    {
        if (content.Length > MaxBytes)
        {
            return new StateFault($"{content.Length} bytes, of which at most {MaxBytes} can be read back");
        }

        try
        {
            if (MissingDirectory(directory) is { } missing)
            {
                return new StateFault(missing);
            }

            Sweep(directory, now);
            AtomicFile.Write(path, content, AtomicFile.OwnerOnly);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return FaultOf(e, directory, path);
        }
    }

    // The directory takes new files, and one that is there cannot be replaced: its removal is the only way out.
    private static StateFault FaultOf(Exception exception, string directory, string path) =>
        Directory.Exists(path) ? new StateFault($"{path} cannot be replaced: it is a directory", $"remove {path}")
        : exception is UnauthorizedAccessException && exception.Message.Contains($"'{path}'", StringComparison.Ordinal)
            ? new StateFault($"{path} cannot be replaced: it belongs to another user and {directory} is sticky, or it is immutable", $"remove {path}")
        : new StateFault(Sentence(exception, directory));

    // Now and then, not at each write: a hub has thousands of files here, and writes thousands.
    private static void Sweep(string directory, DateTimeOffset now)
    {
        if (!sweptAt.TryGetValue(directory, out DateTimeOffset at) || now < at || now - at >= leftoverAfter)
        {
            sweptAt[directory] = now;
            AtomicFile.RemoveLeftovers(directory, now - leftoverAfter);
        }
    }

    // Created with the first write: systemd, an emptyDir and a volume bring it; a plain command line does not.
    private static string? MissingDirectory(string directory)
    {
        if (Directory.Exists(directory))
        {
            return null;
        }

        if (File.Exists(directory))
        {
            return $"{directory} is not a directory";
        }

        string? parent = Path.GetDirectoryName(Path.GetFullPath(directory));
        if (parent is not null && !Directory.Exists(parent))
        {
            return $"{directory} does not exist, and neither does {parent}";
        }

        try
        {
            Directory.CreateDirectory(directory, AtomicFile.OwnerOnlyFolder);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{directory} does not exist and cannot be created: {(e is UnauthorizedAccessException ? $"no permission in {parent}" : Sentence(e, directory))}";
        }
    }

    // errno(3): what .NET says of it quotes the random name of a temporary file.
    public static string Sentence(Exception exception, string directory) => exception switch
    {
        UnauthorizedAccessException => $"{directory} cannot be written: no permission",
        { HResult: 28 } => $"{directory} cannot be written: no space left",
        { HResult: 30 } => $"{directory} cannot be written: the file system is read-only",
        { HResult: 122 } => $"{directory} cannot be written: the disk quota is used up",
        _ => $"{directory} cannot be written: {TemporaryName().Replace(exception.Message, "")}",
    };

    [GeneratedRegex(@"/\.[^/']*\.tmp")]
    private static partial Regex TemporaryName();
}

/// <summary>Why state could not be written, and what to do about it.</summary>
internal sealed record StateFault(string Message, string Fix = StateFault.MakeWritable)
{
    public const string MakeWritable = "make StateDirectory writable for the gateway and free space in it";
}
