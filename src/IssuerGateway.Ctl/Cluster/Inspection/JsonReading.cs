using System.Text.Json;

namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>Reads objects without a model: a member that is missing or of another type is absent, never an exception.</summary>
internal static class JsonReading
{
    public static JsonElement? At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        JsonElement current = element;
        foreach (string name in path)
        {
            if (current.ValueKind != JsonValueKind.Object || !current.TryGetProperty(name, out current))
            {
                return null;
            }
        }

        return current;
    }

    public static string? TextAt(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static IEnumerable<JsonElement> ItemsAt(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : Enumerable.Empty<JsonElement>();

    public static IEnumerable<string> TextsAt(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.ItemsAt(path).Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!);

    public static string? Label(this JsonElement element, string name) => element.TextAt("metadata", "labels", name);

    public static string? Annotation(this JsonElement element, string name) => element.TextAt("metadata", "annotations", name);

    public static bool HasLabel(this JsonElement element, string name) => element.At("metadata", "labels", name) is not null;
}
