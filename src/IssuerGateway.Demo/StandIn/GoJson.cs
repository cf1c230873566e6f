using System.Text.Encodings.Web;
using System.Text.Json;

namespace IssuerGateway.Demo.StandIn;

/// <summary>JSON strings as Go's encoding/json writes them, so that documents equal the API server's byte for byte.</summary>
internal static class GoJson
{
    /// <summary>The text in quotes. Go escapes the three characters that are dangerous in HTML, and nothing beyond what JSON demands.</summary>
    public static string Text(string value) =>
        '"' + JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value
            .Replace("&", "\\u0026", StringComparison.Ordinal)
            .Replace("<", "\\u003c", StringComparison.Ordinal)
            .Replace(">", "\\u003e", StringComparison.Ordinal) + '"';

    public static string Texts(IEnumerable<string> values) => $"[{string.Join(',', values.Select(Text))}]";
}
