using System.Globalization;
using System.Text;
using System.Text.Json;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// The documents as the parties written in Go read them, which is more than <see cref="StrictJson"/> takes. encoding/json reads
/// names in any letter case, takes the last of two members, replaces what is not UTF-8 and unpaired surrogate escapes,
/// and goes 10,000 levels deep. In a key go-jose reads names exactly and rejects one that comes twice; its numbers it decodes
/// with encoding/base64. Run with Go 1.26, go-oidc 3.10 with go-jose 4.1.4, and go-jose 2.6.3.
/// </summary>
internal static class GoJson
{
    private const int MaxKeptDepth = 12;

    private static readonly JsonDocumentOptions options = new() { MaxDepth = 10_000 };

    /// <summary>The discovery document written in the strict form; null when Go does not read it either.</summary>
    public static DiscoveryDocument? ReadDiscovery(ReadOnlyMemory<byte> document)
    {
        string[] read = ["issuer", "jwks_uri"];
        using JsonDocument? json = Parse(document);
        if (json is null)
        {
            return null;
        }

        // A null leaves a string as it was.
        JsonProperty[] values = [.. json.RootElement.EnumerateObject().Where(member => NameIn(read, member) is not null && member.Value.ValueKind != JsonValueKind.Null)];
        IEnumerable<(string Name, JsonElement Value)> others = json.RootElement.EnumerateObject().Where(member => NameIn(read, member) is null).Select(member => (member.Name, member.Value));
        return values.Any(member => member.Value.ValueKind != JsonValueKind.String) ? null
            : DiscoveryDocument.Parse(Write(writer => WriteObject(writer, others.Concat(values.Select(member => (NameIn(read, member)!, member.Value))), 1)), out _);
    }

    /// <summary>The JWK Set written in the strict form, or the strict one itself where Go reads the same; null when Go does not read it either.</summary>
    public static KeySet? ReadKeys(ReadOnlyMemory<byte> document, KeySet? strict)
    {
        using JsonDocument? json = Parse(document);
        JsonElement keys = json?.RootElement.EnumerateObject().LastOrDefault(member => NameIn(["keys"], member) is not null).Value ?? default;
        bool isEmpty = keys.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
        if (json is null || !(isEmpty || (keys.ValueKind == JsonValueKind.Array && keys.EnumerateArray().All(IsKey))))
        {
            return null;
        }

        KeySet? read = KeySet.Parse(Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("keys");
            foreach (JsonElement key in isEmpty ? default : keys.EnumerateArray())
            {
                WriteObject(writer, key.EnumerateObject().Select(member => (member.Name, member.Value)), 3, (name, value) => Number(key, name, value));
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }), out _);
        return read is not null && strict is not null && read.Keys.Count == strict.Keys.Count && read.Keys.Zip(strict.Keys).All(pair => pair.First.MembersUnlike(pair.Second).Count == 0) ? strict : read;
    }

    /// <summary>Whether a reader that is no stricter than this one finds an object in it.</summary>
    public static bool IsObject(ReadOnlyMemory<byte> document)
    {
        using JsonDocument? json = Parse(document);
        return json is not null;
    }

    /// <summary>Whether a reader that passes over what it does not know finds keys in it.</summary>
    public static bool HasKeys(ReadOnlyMemory<byte> document)
    {
        using JsonDocument? json = Parse(document);
        return json is not null && json.RootElement.TryGetProperty("keys", out JsonElement keys) && keys.ValueKind == JsonValueKind.Array && keys.EnumerateArray().Any(key => key.ValueKind == JsonValueKind.Object);
    }

    private static string? NameIn(string[] names, JsonProperty member) => names.FirstOrDefault(name => name.Equals(member.Name, StringComparison.OrdinalIgnoreCase));

    // Within a member that it does not decode a name may come twice.
    private static bool IsKey(JsonElement key) => key.ValueKind == JsonValueKind.Object && HasDistinctNames(key) && (!key.TryGetProperty("x5u", out JsonElement url) || url.ValueKind != JsonValueKind.Object || HasDistinctNames(url));

    private static bool HasDistinctNames(JsonElement element) => element.EnumerateObject().Select(member => member.Name).Distinct(StringComparer.Ordinal).Count() == element.EnumerateObject().Count();

    // Nothing is a number too: zero. Only of a point go-jose knows the length.
    private static string? Number(JsonElement key, string name, JsonElement value) =>
        name is not ("n" or "e" or "x" or "y") || value.ValueKind != JsonValueKind.String || GoBase64.Decode(value.GetString()!) is not { } number ? null
        : number.Length > 0 || (name is "x" or "y" && StrictJson.TextOf(key, "kty") != "OKP") ? System.Buffers.Text.Base64Url.EncodeToString(number)
        : "AA";

    private static JsonDocument? Parse(ReadOnlyMemory<byte> document)
    {
        try
        {
            // GetString puts U+FFFD in the place of what is not UTF-8, as Go does.
            JsonDocument json = JsonDocument.Parse(WithWholeCharacters(Encoding.UTF8.GetString(document.Span)), options);
            if (document.Length <= StrictJson.MaxBytes && json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return json;
            }

            json.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string WithWholeCharacters(string json)
    {
        StringBuilder text = new(json.Length);
        for (int i = 0; i < json.Length; i++)
        {
            int length = json[i] != '\\' || i + 1 == json.Length ? 1
                : UnitAt(json, i) is not { } unit || !char.IsSurrogate(unit) ? 2
                : char.IsHighSurrogate(unit) && UnitAt(json, i + 6) is { } next && char.IsLowSurrogate(next) ? 12
                : 6;
            text.Append(length == 6 ? "\\ufffd" : json.AsSpan(i, length));
            i += length - 1;
        }

        return text.ToString();
    }

    private static char? UnitAt(string json, int at) =>
        at + 6 <= json.Length && json[at] == '\\' && json[at + 1] == 'u' && ushort.TryParse(json.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit) ? (char)unit : null;

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            write(writer);
        }

        return text.ToArray();
    }

    private static void WriteObject(Utf8JsonWriter writer, IEnumerable<(string Name, JsonElement Value)> members, int depth, Func<string, JsonElement, string?>? textOf = null)
    {
        writer.WriteStartObject();
        foreach (IGrouping<string, (string Name, JsonElement Value)> same in members.GroupBy(member => member.Name, StringComparer.Ordinal))
        {
            writer.WritePropertyName(same.Key);
            if (textOf?.Invoke(same.Key, same.Last().Value) is { } text)
            {
                writer.WriteStringValue(text);
            }
            else
            {
                WriteValue(writer, same.Last().Value, depth + 1);
            }
        }

        writer.WriteEndObject();
    }

    // Nobody reads what lies deeper, and the strict parser does not go there.
    private static void WriteValue(Utf8JsonWriter writer, JsonElement value, int depth)
    {
        if (depth > MaxKeptDepth)
        {
            writer.WriteNullValue();
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            WriteObject(writer, value.EnumerateObject().Select(member => (member.Name, member.Value)), depth);
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            writer.WriteStartArray();
            foreach (JsonElement item in value.EnumerateArray())
            {
                WriteValue(writer, item, depth + 1);
            }

            writer.WriteEndArray();
        }
        else
        {
            value.WriteTo(writer);
        }
    }
}
