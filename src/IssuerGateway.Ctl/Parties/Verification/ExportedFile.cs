using System.Text.Json;
using System.Text.Json.Nodes;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.Verification;

/// <summary>A registration as the party's own tool printed it into a file.</summary>
internal static class ExportedFile
{
    private const int MaxBytes = 1024 * 1024;

    public static byte[]? Read(string option, string file, int maxBytes, string command, OptionValues values)
    {
        try
        {
            return NamedFile.Read(file, maxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            values.Reject(option, PrintableText.Quote(file), $"a file that can be read, at most {maxBytes} bytes", command);
            return null;
        }
    }

    /// <summary>A JSON object that has the member, as the command prints it.</summary>
    public static JsonObject? Json(string option, string? file, string member, string command, OptionValues values)
    {
        if (file is null)
        {
            values.Reject(option, "nothing", "the registration as the party's tool prints it", command);
            return null;
        }

        if (Read(option, file, MaxBytes, command, values) is not { } content)
        {
            return null;
        }

        try
        {
            if (JsonNode.Parse(content, documentOptions: new JsonDocumentOptions { MaxDepth = 64 }) is JsonObject read && read.ContainsKey(member))
            {
                return read;
            }
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // Said below, the same for what is no JSON and for JSON of something else; a duplicate member is an ArgumentException.
        }

        values.Reject(option, "something else", $"a JSON object with {member}", command);
        return null;
    }

    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A text, or the texts of a list.</summary>
    public static IReadOnlyList<string> Texts(JsonNode? node) => node switch
    {
        JsonArray list => [.. list.Select(Text).OfType<string>()],
        _ => Text(node) is { } text ? [text] : [],
    };

    public static JsonNode? At(JsonNode? node, params string[] path)
    {
        foreach (string name in path)
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }
}
