using System.Text.Json;
using System.Text.RegularExpressions;

namespace IssuerGateway.Ctl.Cluster.Rendering;

/// <summary>Writes the few forms of YAML that plans contain; a value that a parser could read as something else is quoted.</summary>
internal static partial class YamlText
{
    /// <summary>A plain scalar where every YAML parser reads it as this string, else a double-quoted one (YAML 1.2 §7.3.1).</summary>
    public static string Scalar(string value) =>
        Plain().IsMatch(value) && !LooksTyped().IsMatch(value)
            ? value
            : $"\"{JsonEncodedText.Encode(value, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    /// <summary>A block sequence, indented by the given number of spaces.</summary>
    public static string List(IEnumerable<string> items, int indent) =>
        string.Concat(items.Select(item => $"{new string(' ', indent)}- {Scalar(item)}\n"));

    public static string Indent(string text, int spaces) =>
        string.Join('\n', text.TrimEnd('\n').Split('\n').Select(line => line.Length == 0 ? line : new string(' ', spaces) + line)) + "\n";

    [GeneratedRegex(@"^[A-Za-z0-9/][A-Za-z0-9_./:=,@+\-]*(?<!:)$")]
    private static partial Regex Plain();

    // YAML 1.1 readers take these for booleans, null, numbers and dates.
    [GeneratedRegex(@"^(y|n|yes|no|on|off|true|false|null|[0-9][0-9_.,:eExXa-fA-F+\-]*)$", RegexOptions.IgnoreCase)]
    private static partial Regex LooksTyped();
}
