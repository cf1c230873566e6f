using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace IssuerGateway.Acme;

/// <summary>An ACME authorization for one identifier, and the challenges that grant it (RFC 8555 §7.1.4).</summary>
public sealed record AcmeAuthorization
{
    public required AcmeIdentifier Identifier { get; init; }

    public required string Status { get; init; }

    /// <summary>One that is valid already may come without any, or with null.</summary>
    [AllowNull]
    public IReadOnlyList<AcmeChallenge> Challenges { get; init => field = value is null ? [] : NonNullList.Of(value); } = [];

    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }
}
