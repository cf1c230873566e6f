using System.Text.Json;
using System.Text.Unicode;

namespace IssuerGateway.Issuers;

/// <summary>
/// One way to read foreign JSON: UTF-8 only, no duplicate members at any depth, no comments, no trailing commas, bounded
/// depth. Two parsers that resolve a duplicate differently are how a wrong key gets through.
/// </summary>
internal static class StrictJson
{
    /// <summary>Bytes of either document beyond which it is refused; the largest set of 100 RSA-4096 keys has half of it.</summary>
    public const int MaxBytes = 256 * 1024;

    private static readonly JsonDocumentOptions options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>The root object, or the reason why there is none. The reason never quotes the text.</summary>
    public static JsonDocument? ParseObject(ReadOnlyMemory<byte> utf8, out string? fault)
    {
        fault = null;
        if (utf8.Length > MaxBytes)
        {
            fault = $"{utf8.Length} bytes, expected at most {MaxBytes}";
            return null;
        }

        if (!Utf8.IsValid(utf8.Span))
        {
            fault = "bytes that are not UTF-8";
            return null;
        }

        try
        {
            JsonDocument document = JsonDocument.Parse(utf8, options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            fault = $"a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()}, expected an object";
            document.Dispose();
            return null;
        }
        catch (JsonException e)
        {
            // The exception's own text quotes what it failed on.
            fault = e.LineNumber is { } line ? $"invalid JSON at line {line + 1}, byte {e.BytePositionInLine}" : "a duplicate member";
            return null;
        }
    }

    public static string? TextOf(JsonElement element, string member) =>
        element.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
