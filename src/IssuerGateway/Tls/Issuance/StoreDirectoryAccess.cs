namespace IssuerGateway.Tls.Issuance;

/// <summary>Who else can get at the store's directory. Its files are readable for their owner alone; a directory that others write lets them be replaced.</summary>
internal static class StoreDirectoryAccess
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode OfOthers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Null when nobody but the owner and its group (which a volume of Kubernetes needs) gets at it.</summary>
    public static string? WarningOf(string directory, UnixFileMode mode) => (mode & OfOthers) == 0
        ? null
        : $"Tls:Acme:StoreDirectory: every user of this machine can {(mode.HasFlag(UnixFileMode.OtherWrite) ? "replace files in" : "list")} {directory} (mode {Convert.ToString((int)mode, 8)}). hint: chmod 0700 {directory}, owned by the user of the gateway";
}
