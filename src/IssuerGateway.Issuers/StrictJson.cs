using System.Text.Json;
using System.Text.Unicode;
using IssuerGateway.Base;

namespace IssuerGateway.Issuers;

/// <summary>
/// One way to read foreign JSON: UTF-8 only, no duplicate members at any depth, no comments, no trailing commas, no
/// unpaired surrogate escape, bounded depth. Two parsers that read one text differently are how a wrong key gets through.
/// </summary>
public static class StrictJson
{
    /// <summary>Bytes of either document beyond which it is rejected; the largest set of 100 RSA-4096 keys has half of it.</summary>
    public const int MaxBytes = 256 * 1024;

    private const int MaxDepth = 16;

    private const int MaxNameLength = 40;

    private static readonly JsonDocumentOptions options = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };
    private static readonly JsonDocumentOptions withDuplicates = new() { MaxDepth = MaxDepth };

    /// <summary>RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 8037 and the AKP draft: members that only a private or symmetric key has. Some readers take them in any letter case.</summary>
    private static readonly string[] privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

    /// <summary>The root object, or the reason why there is none. The reason quotes nothing of the text but the name of a member that is there twice.</summary>
    /// <param name="takesDuplicates">Whether the last of several members of one name counts, for whoever looks at <see cref="DuplicateNames"/> as well.</param>
    public static JsonDocument? ParseObject(ReadOnlyMemory<byte> utf8, out string? fault, bool takesDuplicates = false)
    {
        fault = null;
        if (utf8.Length > MaxBytes)
        {
            fault = $"{utf8.Length} bytes, expected at most {MaxBytes}";
            return null;
        }

        // RFC 8259 §8.1: a text must not begin with one, and no relying party is known to skip it.
        if (utf8.Span.StartsWith("\uFEFF"u8))
        {
            fault = "starts with a byte order mark: save it without";
            return null;
        }

        if (!Utf8.IsValid(utf8.Span))
        {
            fault = "bytes that are not UTF-8";
            return null;
        }

        try
        {
            if (HasUnpairedSurrogate(utf8.Span))
            {
                fault = "an unpaired surrogate escape";
                return null;
            }

            JsonDocument document = JsonDocument.Parse(utf8, takesDuplicates ? withDuplicates : options);
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
            fault = e.LineNumber is { } line ? $"{(IsDeep(utf8.Span) ? $"nested more than {MaxDepth} levels deep" : "invalid JSON")} at line {line + 1}, byte {e.BytePositionInLine}" : $"a duplicate member {PrintableText.Quote(SecretText.Hide(DuplicateNames(utf8.Span).FirstOrDefault("?")), MaxNameLength)}";
            return null;
        }
    }

    /// <summary>Names of private or symmetric members, at any depth; never their values.</summary>
    public static IReadOnlyList<string> PrivateMembers(JsonElement element) => [.. PrivateNames(element, withNull: true).Distinct()];

    /// <summary>The same without those that are null or empty, which serializers write for what there is not.</summary>
    public static IReadOnlyList<string> PrivateMembersWithValue(JsonElement element) => [.. PrivateNames(element, withNull: false).Distinct()];

    public static string? TextOf(JsonElement element, string member) =>
        element.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The names that their object has had before, at any depth, of a text that is JSON.</summary>
    public static IReadOnlyList<string> DuplicateNames(ReadOnlySpan<byte> utf8)
    {
        List<string> found = [];
        Utf8JsonReader reader = new(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        Stack<HashSet<string>> names = [];
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    names.Push(new HashSet<string>(StringComparer.Ordinal));
                    break;
                case JsonTokenType.EndObject:
                    names.Pop();
                    break;
                case JsonTokenType.PropertyName when reader.GetString() is { } name && !names.Peek().Add(name):
                    found.Add(name);
                    break;
            }
        }

        return found;
    }

    private static IEnumerable<string> PrivateNames(JsonElement element, bool withNull) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            privateMembers.Contains(member.Name, StringComparer.OrdinalIgnoreCase) && (withNull || !IsNothing(member.Value)) ? [member.Name] : PrivateNames(member.Value, withNull)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(each => PrivateNames(each, withNull)),
        _ => [],
    };

    private static bool IsNothing(JsonElement value) => value.ValueKind == JsonValueKind.Null || value is { ValueKind: JsonValueKind.String } && value.ValueEquals("") || value is { ValueKind: JsonValueKind.Array } && value.GetArrayLength() == 0;

    // Whether it is JSON up to there.
    private static bool IsDeep(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8, new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth >= MaxDepth && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    return true;
                }
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return false;
    }

    // RFC 8259 §8.2: "\ud800" alone is grammatical, and every reader makes something else of it; .NET throws when the text is read.
    private static bool HasUnpairedSurrogate(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        char[] text = [];
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
            {
                continue;
            }

            if (text.Length < reader.ValueSpan.Length)
            {
                text = new char[reader.ValueSpan.Length];
            }

            try
            {
                reader.CopyString(text);
            }
            catch (InvalidOperationException)
            {
                return true;
            }
        }

        return false;
    }
}
