using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace IssuerGateway.Acme;

/// <summary>The request for an order (RFC 8555 §7.4). Never with notBefore or notAfter: Let's Encrypt rejects them.</summary>
public sealed record AcmeOrderRequest
{
    public required IReadOnlyList<AcmeIdentifier> Identifiers { get; init; }

    /// <summary>draft-ietf-acme-profiles §4.</summary>
    public string? Profile { get; init; }

    /// <summary>RFC 9773 §5: the certificate that the new one takes the place of; exempts from rate limits.</summary>
    public string? Replaces { get; init; }
}

/// <summary>A promise of a certificate (RFC 8555 §7.1.3).</summary>
public sealed record AcmeOrder
{
    public required string Status { get; init; }

    /// <summary>An order that is ready at once may come without any, or with null.</summary>
    [AllowNull]
    public IReadOnlyList<Uri> Authorizations { get; init => field = value is null ? [] : NonNullList.Of(value); } = [];

    public required Uri Finalize { get; init; }

    public Uri? Certificate { get; init; }

    public AcmeProblemDocument? Error { get; init; }

    /// <summary>From the Location header; the object itself does not carry it.</summary>
    [JsonIgnore]
    public Uri? Url { get; init; }

    /// <summary>How long to wait before retrying (RFC 8555 §7.4).</summary>
    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>RFC 8555 §7.1.6.</summary>
public static class AcmeStatus
{
    public const string Pending = "pending";
    public const string Ready = "ready";
    public const string Processing = "processing";
    public const string Valid = "valid";
    public const string Invalid = "invalid";
}

/// <summary>RFC 8555 §7.4: the certificate signing request, base64url of DER.</summary>
internal sealed record AcmeFinalizeRequest
{
    public required string Csr { get; init; }
}
