using System.Text.Json;
using System.Text.RegularExpressions;

namespace IssuerGateway.Tests.Cli;

/// <summary>As much of JSON Schema 2020-12 as the schemas of this repository use.</summary>
internal static class SchemaCheck
{
    private static readonly string[] known = ["$schema", "title", "description", "type", "const", "enum", "pattern", "required", "properties", "items", "minItems", "minimum", "format", "default"];

    public static IEnumerable<string> Violations(JsonElement schema, JsonElement value, string at) => Violations(schema, schema, value, at);

    private static IEnumerable<string> Violations(JsonElement root, JsonElement schema, JsonElement value, string at)
    {
        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            // A JSON pointer into the same document (RFC 6901 §6).
            return Violations(root, reference.GetString()!.Split('/').Skip(1).Aggregate(root, (current, name) => current.GetProperty(name)), value, at);
        }

        if (schema.TryGetProperty("type", out JsonElement type) && !Types(type).Any(name => Is(value, name)))
        {
            return [$"{at}: {value.ValueKind} is not {type}"];
        }

        if (value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        List<string> found = [.. schema.EnumerateObject().Select(member => member.Name).Except(known).Select(name => $"{at}: this test does not know the keyword {name}")];
        if (schema.TryGetProperty("minItems", out JsonElement least) && value.GetArrayLength() < least.GetInt32())
        {
            found.Add($"{at}: fewer than {least} items");
        }

        if (schema.TryGetProperty("minimum", out JsonElement lowest) && value.GetDouble() < lowest.GetDouble())
        {
            found.Add($"{at}: {value} is less than {lowest}");
        }

        if (schema.TryGetProperty("format", out JsonElement format) && !(format.GetString() == "date" ? DateOnly.TryParseExact(value.GetString(), "yyyy-MM-dd", out _) : DateTimeOffset.TryParse(value.GetString(), System.Globalization.CultureInfo.InvariantCulture, out _)))
        {
            found.Add($"{at}: {value} is no {format}");
        }

        if (schema.TryGetProperty("const", out JsonElement only) && !JsonElement.DeepEquals(only, value))
        {
            found.Add($"{at}: {value} is not {only}");
        }

        if (schema.TryGetProperty("enum", out JsonElement allowed) && !allowed.EnumerateArray().Any(each => JsonElement.DeepEquals(each, value)))
        {
            found.Add($"{at}: {value} is not one of {allowed}");
        }

        if (schema.TryGetProperty("pattern", out JsonElement pattern) && !Regex.IsMatch(value.GetString()!, pattern.GetString()!))
        {
            found.Add($"{at}: {value} does not match {pattern}");
        }

        if (schema.TryGetProperty("required", out JsonElement required))
        {
            found.AddRange(required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{at}: lacks {name}"));
        }

        if (schema.TryGetProperty("properties", out JsonElement properties))
        {
            found.AddRange(value.EnumerateObject().Where(member => !properties.TryGetProperty(member.Name, out _)).Select(member => $"{at}: {member.Name} is not described"));
            found.AddRange(value.EnumerateObject().Where(member => properties.TryGetProperty(member.Name, out _)).SelectMany(member => Violations(root, properties.GetProperty(member.Name), member.Value, $"{at}.{member.Name}")));
        }

        if (schema.TryGetProperty("items", out JsonElement items))
        {
            found.AddRange(value.EnumerateArray().SelectMany((item, i) => Violations(root, items, item, $"{at}[{i}]")));
        }

        return found;
    }

    private static IEnumerable<string> Types(JsonElement type) => type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(name => name.GetString()!) : [type.GetString()!];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };
}
