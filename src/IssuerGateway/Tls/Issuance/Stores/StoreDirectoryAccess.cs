using System.Runtime.InteropServices;

namespace IssuerGateway.Tls.Issuance.Stores;

/// <summary>Who else can get at the store's directory. Its files are readable for their owner alone; a directory that others write or own lets them be replaced.</summary>
internal static partial class StoreDirectoryAccess
{
    private const UnixFileMode OfOthers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static string? WarningOf(string directory) => WarningOf(directory, File.GetUnixFileMode(directory), OwnerOf(directory), EffectiveUser());

    /// <summary>Null when nobody but this user, root and the group of the directory (which a volume of Kubernetes needs) gets at it.</summary>
    /// <param name="owner">Its user id; absent where it cannot be read.</param>
    public static string? WarningOf(string directory, UnixFileMode mode, uint? owner, uint user) => (owner, mode) switch
    {
        ({ } other, _) when other != 0 && other != user =>
            $"Tls:Acme:StoreDirectory: {directory} belongs to user {other}, who can replace its files; this process is user {user}. hint: chown {user} {directory}",
        (_, var all) when (all & OfOthers) != 0 =>
            $"Tls:Acme:StoreDirectory: every user of this machine can {(all.HasFlag(UnixFileMode.OtherWrite) ? "replace files in" : "list")} {directory} (mode {Convert.ToString((int)all, 8)}). hint: chmod 0700 {directory}",
        _ => null,
    };

    /// <summary>Who can replace what lies in it, besides this user, root and its group; null when nobody can.</summary>
    public static string? WriterOf(string directory) => WriterOf(File.GetUnixFileMode(directory), OwnerOf(directory), EffectiveUser());

    /// <inheritdoc cref="WriterOf(string)"/>
    public static string? WriterOf(UnixFileMode mode, uint? owner, uint user) =>
        owner is { } other && other != 0 && other != user ? $"user {other}, whom it belongs to,"
        : mode.HasFlag(UnixFileMode.OtherWrite) ? "every user of this machine"
        : null;

    // statx(2): stx_uid stands behind mask, block size, attributes and links.
    private static unsafe uint? OwnerOf(string directory)
    {
        const int currentDirectory = -100, ownerOnly = 8, ownerOffset = 20;
        byte* status = stackalloc byte[256];
        return Statx(currentDirectory, directory, 0, ownerOnly, status) == 0 ? *(uint*)(status + ownerOffset) : null;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* status);
}
