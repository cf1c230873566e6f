using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace IssuerGateway.Ctl.Parties.EntraApp.Graph;

/// <summary>
/// Reads the bodies of good responses. A string in which there is a part of a token that was sent is read as
/// <c>(credential)</c>, so that no fact, fault or address carries it (CWE-532).
/// </summary>
internal sealed class GraphBodyReader
{
    private readonly SentTokens sent = new();

    // Of each serializer context, because options can be used with one only.
    private readonly Dictionary<JsonSerializerOptions, JsonSerializerOptions> watched = [];

    /// <summary>Null for a body that is not what Graph documents.</summary>
    /// <param name="token">The token of the request.</param>
    public T? Read<T>(byte[] body, JsonTypeInfo<T> type, string? token)
        where T : class
    {
        sent.Add(token ?? "");
        if (!watched.TryGetValue(type.Options, out JsonSerializerOptions? options))
        {
            watched[type.Options] = options = new JsonSerializerOptions(type.Options) { Converters = { sent } };
        }

        try
        {
            // Of each list every entry is used.
            return HasNullInList(body) ? null : JsonSerializer.Deserialize(body, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
        }
        catch (JsonException)
        {
            // The exception's own text quotes the body.
            return null;
        }
    }

    private static bool HasNullInList(byte[] body)
    {
        Utf8JsonReader reader = new(body);
        Stack<JsonTokenType> open = [];
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    open.Push(reader.TokenType);
                    break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    open.Pop();
                    break;
                case JsonTokenType.Null when open.TryPeek(out JsonTokenType container) && container == JsonTokenType.StartArray:
                    return true;
            }
        }

        return false;
    }

    /// <summary>Each string after it was parsed, because any character of it may have been written as an escape.</summary>
    private sealed class SentTokens : JsonConverter<string>
    {
        /// <summary>So many characters of a token in a row are no coincidence.</summary>
        private const int Run = 8;

        private readonly HashSet<string> runs = new(StringComparer.OrdinalIgnoreCase);

        public void Add(string token) => runs.UnionWith(Enumerable.Range(0, Math.Max(token.Length - Run + 1, 0)).Select(start => token.Substring(start, Run)));

        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            string text = reader.GetString()!;
            HashSet<string>.AlternateLookup<ReadOnlySpan<char>> parts = runs.GetAlternateLookup<ReadOnlySpan<char>>();
            for (int start = 0; start + Run <= text.Length; start++)
            {
                if (parts.Contains(text.AsSpan(start, Run)))
                {
                    return CredentialRedaction.Placeholder;
                }
            }

            return text;
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
