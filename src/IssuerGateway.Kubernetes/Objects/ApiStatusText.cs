using System.Net;
using System.Text.Json;

namespace IssuerGateway.Kubernetes.Objects;

/// <summary>
/// The sentence of a Status (an API server's error) that an operator needs. Only of statuses whose message is about names,
/// rights, rules and faults of admission: 400 quotes what was sent, and that may be a key.
/// </summary>
internal static class ApiStatusText
{
    private const int MaxLength = 300;

    public static string? Of(HttpStatusCode status, ReadOnlySpan<byte> body)
    {
        if (status is not (HttpStatusCode.Forbidden or HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity or HttpStatusCode.RequestEntityTooLarge
            or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout))
        {
            return null;
        }

        try
        {
            Utf8JsonReader reader = new(body);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("kind", out JsonElement kind) && kind.ValueKind == JsonValueKind.String && kind.ValueEquals("Status")
                && root.TryGetProperty("message", out JsonElement message) && message.ValueKind == JsonValueKind.String
                ? string.Concat(message.GetString()!.Take(MaxLength).Select(c => char.IsControl(c) ? ' ' : c))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
