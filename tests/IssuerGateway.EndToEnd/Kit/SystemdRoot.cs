namespace IssuerGateway.EndToEnd.Kit;

/// <summary>A root file system with a systemd that knows Type=notify-reload (tests/tools/systemd-root.sh), made once.</summary>
internal static class SystemdRoot
{
    private static readonly Lazy<Command> made = new(() => Command.Run("timeout", "900", System.IO.Path.Combine(KitFolder.Root, "tests", "tools", "systemd-root.sh")));

    public static string Path => made.Value.Output.Trim();

    /// <summary>Why it could not be made: no root, no debootstrap, no network; absent when it is there.</summary>
    public static string? WhyNot => made.Value.ExitCode == 0 ? null : made.Value.Error.Trim() is { Length: > 0 } reason ? reason : $"exit code {made.Value.ExitCode} of systemd-root.sh";
}
