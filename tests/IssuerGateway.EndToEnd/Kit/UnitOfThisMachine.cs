using System.Globalization;
using System.Text.RegularExpressions;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>What the systemd of this machine knows of the unit: before 253 it needs the drop-in systemd-252.conf.</summary>
internal static partial class UnitOfThisMachine
{
    public const string NotifyReload = "Type=notify-reload";

    public static bool NeedsDropIn { get; } =
        int.Parse(Version().Match(Command.Run("systemctl", "--version").Output).Groups[1].Value, CultureInfo.InvariantCulture) < 253;

    /// <summary>The line that this systemd understands, for what only looks at the rest of the unit.</summary>
    public static string Type => NeedsDropIn ? "Type=notify" : NotifyReload;

    [GeneratedRegex(@"^systemd (\d+)")]
    private static partial Regex Version();
}
