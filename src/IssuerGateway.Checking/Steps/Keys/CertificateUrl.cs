using System.Text.Json;
using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Checking.Steps.Keys;

/// <summary>The URL of a certificate in a JWK (RFC 7517 §4.6), which go-jose decodes in two ways and never requests.</summary>
internal static class CertificateUrl
{
    // The exported fields of net/url.URL; go-jose compares names exactly and ignores others.
    private static readonly string[] texts = ["Scheme", "Opaque", "Host", "Path", "Fragment", "RawQuery", "RawPath", "RawFragment"];
    private static readonly string[] flags = ["ForceQuery", "OmitHost"];

    public static string? FaultOf(JsonElement jwk) => ValueOf(jwk) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } url => GoUrl.IsParsed(url.GetString()!) ? null : "x5u is not a URL",
        _ => "x5u is not a string",
    };

    public static string? FieldsFaultOf(JsonElement jwk) => ValueOf(jwk) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } fields => fields.EnumerateObject().FirstOrDefault(field => !IsOfItsType(field)) is { Value.ValueKind: not JsonValueKind.Undefined } odd ? $"{odd.Name} of x5u is of another type than Go's URL" : null,
        { ValueKind: JsonValueKind.String } => "x5u is a string, and the party decodes an object",
        _ => "x5u is not an object",
    };

    private static JsonElement? ValueOf(JsonElement jwk) => jwk.TryGetProperty("x5u", out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static bool IsOfItsType(JsonProperty field) => field.Value.ValueKind == JsonValueKind.Null
        || (texts.Contains(field.Name) ? field.Value.ValueKind == JsonValueKind.String
            : flags.Contains(field.Name) ? field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
            : field.Name != "User" || field.Value.ValueKind == JsonValueKind.Object);
}
