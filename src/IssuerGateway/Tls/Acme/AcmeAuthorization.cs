using System.Text.Json.Serialization;

namespace IssuerGateway.Tls.Acme;

/// <summary>The CA's doubt about one name, and the ways to settle it (RFC 8555 §7.1.4).</summary>
internal sealed record AcmeAuthorization
{
    public required AcmeIdentifier Identifier { get; init; }

    public required string Status { get; init; }

    public required IReadOnlyList<AcmeChallenge> Challenges { get; init => field = WholeList.Of(value); }

    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }
}
