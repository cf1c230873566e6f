using System.Globalization;
using System.Text;

namespace IssuerGateway.Upstream;

/// <summary>Writes a JSON string as Go's encoding/json does, with which the API server makes its documents.</summary>
internal static class GoJson
{
    public static string Quote(string text)
    {
        StringBuilder json = new(text.Length + 2);
        json.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),

                // Go escapes these three for HTML unless configured otherwise, and the two line separators for JavaScript.
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }

        return json.Append('"').ToString();
    }
}
