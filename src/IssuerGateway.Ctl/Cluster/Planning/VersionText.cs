using System.Text.RegularExpressions;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>Reads versions such as <c>v1.34.1+k0s.0</c>.</summary>
internal static partial class VersionText
{
    private static readonly string[] vendors = ["rke2", "k3s", "k0s", "vmware"];

    /// <summary>Without what the distribution appends: <c>v1.34.1</c>.</summary>
    public static string Core(string version) => Pattern().Match(version) is { Success: true } match ? $"v{match.Groups[1].Value}.{match.Groups[2].Value}.{match.Groups[3].Value}" : version;

    /// <summary>Who appended to it: <c>rke2</c> of <c>v1.34.1+rke2r1</c>; null for what appends nothing of the kind.</summary>
    public static string? Vendor(string version) => vendors.FirstOrDefault(vendor => version.Contains("+" + vendor, StringComparison.Ordinal));

    public static int? Minor(string? version) => version is not null && Pattern().Match(version) is { Success: true } match ? int.Parse(match.Groups[2].Value) : null;

    /// <summary>Compares the three numbers; null when one cannot be read.</summary>
    public static int? Compare(string? left, string right) =>
        left is not null && Pattern().Match(left) is { Success: true } a && Pattern().Match(right) is { Success: true } b
            ? Parts(a).CompareTo(Parts(b))
            : null;

    private static (int, int, int) Parts(Match match) => (int.Parse(match.Groups[1].Value), int.Parse(match.Groups[2].Value), int.Parse(match.Groups[3].Value));

    [GeneratedRegex(@"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")]
    private static partial Regex Pattern();
}
