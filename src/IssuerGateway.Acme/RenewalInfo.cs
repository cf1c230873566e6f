using System.Text.Json.Serialization;

namespace IssuerGateway.Acme;

/// <summary>When the CA wants a certificate renewed (RFC 9773 §4.2).</summary>
public sealed record RenewalInfo
{
    public required RenewalWindow SuggestedWindow { get; init; }

    [JsonPropertyName("explanationURL")]
    public string? ExplanationUrl { get; init; }

    /// <summary>When to query again (RFC 9773 §4.3.1).</summary>
    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }
}

public sealed record RenewalWindow
{
    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }
}
