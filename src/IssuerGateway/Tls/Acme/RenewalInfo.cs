using System.Text.Json.Serialization;

namespace IssuerGateway.Tls.Acme;

/// <summary>When the CA wants a certificate renewed (RFC 9773 §4.2).</summary>
internal sealed record RenewalInfo
{
    public required RenewalWindow SuggestedWindow { get; init; }

    [JsonPropertyName("explanationURL")]
    public string? ExplanationUrl { get; init; }

    /// <summary>When to ask again (RFC 9773 §4.3.1).</summary>
    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }
}

internal sealed record RenewalWindow
{
    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }
}
