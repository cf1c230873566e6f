using System.Text;
using System.Text.Json;

namespace IssuerGateway.Issuers;

/// <summary>
/// One text for each JSON value, however it is spelled: members in ordinal order, no white space, one way to escape. Two
/// servers that send the same value in other words are equal by it.
/// </summary>
internal static class CanonicalJson
{
    public static string Of(JsonElement value)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            Write(writer, value);
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(value.GetString());
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
