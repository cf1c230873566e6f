namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>Which file a credential plugin is. Process.Start would look beside issuerctl and in the current folder before PATH, where anybody may have put a program.</summary>
internal static class PluginFile
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The file, or why there is none. A command with a folder in it is a path; the parser has made it absolute.</summary>
    /// <param name="path">The value of PATH.</param>
    public static (string? File, string? Fault) Find(string command, string? path)
    {
        if (Path.GetFileName(command) != command)
        {
            string file = Path.GetFullPath(command);
            return Directory.Exists(file) ? (null, "it is a folder") : (file, null);
        }

        // As kubectl: never from the current folder, which is what an empty or relative entry is about.
        string? found = (path ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified)
            .SelectMany(folder => NamesOf(command).Select(name => Path.Combine(folder, name))).FirstOrDefault(IsProgram);
        return found is null ? (null, "not found on PATH") : (found, null);
    }

    // No batch file: cmd.exe would interpret the arguments.
    private static string[] NamesOf(string command) => !OperatingSystem.IsWindows() || command.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? [command] : [$"{command}.exe"];

    private static bool IsProgram(string file) => File.Exists(file) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & Executable) != 0);
}
