using System.Text.Json;
using System.Text.Json.Nodes;

namespace IssuerGateway.Ctl.Parties;

/// <summary>A value as a literal of the language that it is rendered into: nothing in it is expanded, run or ends the literal.</summary>
internal static class TextQuoting
{
    private static readonly JsonSerializerOptions readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions indented = new(readable) { WriteIndented = true };

    // POSIX shell §2.2.2: nothing is special within single quotes but the quote itself.
    public static string Shell(string value) => $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    // HCL quoted templates: backslash, quote and line ends are escaped, and the two starts of a template are doubled.
    public static string Hcl(string value)
    {
        string escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        escaped = escaped.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
        return $"\"{escaped.Replace("${", "$${", StringComparison.Ordinal).Replace("%{", "%%{", StringComparison.Ordinal)}\"";
    }

    public static string Bicep(string value) =>
        $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal).Replace("${", "\\${", StringComparison.Ordinal)}'";

    /// <summary>A JSON string, which is a double-quoted YAML scalar too (YAML 1.2 §7.3.1).</summary>
    public static string Yaml(string value) => JsonValue.Create(value).ToJsonString(readable);

    public static string Json(JsonNode value) => value.ToJsonString(indented);

    public static string CompactJson(JsonNode value) => value.ToJsonString(readable);
}
