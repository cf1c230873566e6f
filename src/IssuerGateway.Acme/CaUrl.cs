using System.Text.Json;
using System.Text.Json.Serialization;

namespace IssuerGateway.Acme;

/// <summary>A URL that a CA names and the gateway may query: absolute and https (RFC 8555 §6.1).</summary>
internal static class CaUrl
{
    /// <param name="from">What a relative one is relative to (RFC 9110 §10.2.2 allows it in Location).</param>
    public static Uri? Read(string text, Uri? from = null) =>
        (from is null ? Uri.TryCreate(text, UriKind.Absolute, out Uri? url) : Uri.TryCreate(from, text, out url)) && url.Scheme == Uri.UriSchemeHttps ? url : null;
}

internal sealed class CaUrlConverter : JsonConverter<Uri>
{
    public override Uri Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && CaUrl.Read(reader.GetString()!) is { } url ? url : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, Uri value, JsonSerializerOptions options) => writer.WriteStringValue(value.OriginalString);
}
