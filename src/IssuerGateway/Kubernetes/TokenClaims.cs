using System.Buffers.Text;
using System.Text.Json;

namespace IssuerGateway.Kubernetes;

/// <summary>
/// The claims of a JWT by which the gateway checks its own settings, read without validating anything: whoever relies
/// on them must have the token from a place that only the cluster can write.
/// </summary>
internal sealed record TokenClaims(string? Issuer, DateTimeOffset? IssuedAt, DateTimeOffset? ExpiresAt)
{
    private const int MaxLength = 16 << 10;

    /// <summary>Absent for anything but a compact JWS (RFC 7515 §3.1) with a JSON object as its payload.</summary>
    public static TokenClaims? Read(string token)
    {
        string[] parts = token.Length <= MaxLength ? token.Split('.') : [];
        if (parts.Length != 3 || !Base64Url.IsValid(parts[1]))
        {
            return null;
        }

        try
        {
            return Parse(Base64Url.DecodeFromChars(parts[1]));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TokenClaims? Parse(byte[] payload)
    {
        using JsonDocument document = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
        JsonElement claims = document.RootElement;
        if (claims.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        string? issuer = claims.TryGetProperty("iss", out JsonElement iss) && iss.ValueKind == JsonValueKind.String ? iss.GetString() : null;
        return new TokenClaims(issuer, Instant(claims, "iat"), Instant(claims, "exp"));
    }

    // RFC 7519 §2, NumericDate: seconds since the epoch, a fraction allowed.
    private static DateTimeOffset? Instant(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out double seconds)
        && seconds is >= 0 and < 253402300800
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;
}
