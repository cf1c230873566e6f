using System.Text.Json;
using IssuerGateway.Issuers;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>A client assertion taken apart, nothing of it believed yet.</summary>
internal sealed record PresentedToken
{
    public required string Compact { get; init; }

    public required string? Algorithm { get; init; }

    public required string? Type { get; init; }

    public required string? KeyId { get; init; }

    public required string? Issuer { get; init; }

    public required string? Subject { get; init; }

    public required IReadOnlyList<string> Audiences { get; init; }

    public required long? IssuedAt { get; init; }

    public required long? NotBefore { get; init; }

    public required long? Expires { get; init; }

    /// <summary>Null for what is not a compact JWS of two JSON objects (RFC 7515 §7.1).</summary>
    public static PresentedToken? Parse(string compact)
    {
        string[] parts = compact.Split('.');
        if (parts.Length != 3 || parts.Any(part => part.Length == 0))
        {
            return null;
        }

        try
        {
            JsonElement header = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(parts[0])).RootElement;
            JsonElement claims = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(parts[1])).RootElement;
            return new PresentedToken
            {
                Compact = compact,
                Algorithm = Text(header, "alg"),
                Type = Text(header, "typ"),
                KeyId = Text(header, "kid"),
                Issuer = Text(claims, "iss"),
                Subject = Text(claims, "sub"),
                Audiences = AudiencesOf(claims),
                IssuedAt = Seconds(claims, "iat"),
                NotBefore = Seconds(claims, "nbf"),
                Expires = Seconds(claims, "exp"),
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    // RFC 7519 §4.1.3: one text or an array of texts.
    private static IReadOnlyList<string> AudiencesOf(JsonElement claims) => !claims.TryGetProperty("aud", out JsonElement audience) ? []
        : audience.ValueKind == JsonValueKind.Array ? [.. audience.EnumerateArray().Select(value => value.GetString() ?? "")]
        : [audience.GetString() ?? ""];

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Seconds(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.TryGetInt64(out long seconds) ? seconds : null;
}
