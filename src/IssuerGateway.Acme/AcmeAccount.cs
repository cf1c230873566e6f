using IssuerGateway.Acme.Signing;

namespace IssuerGateway.Acme;

/// <summary>The request for a new or the existing account (RFC 8555 §7.3), or for a change of it (§7.3.2).</summary>
public sealed record AcmeAccountRequest
{
    public IReadOnlyList<string>? Contact { get; init; }

    public bool? TermsOfServiceAgreed { get; init; }

    public JwsMessage? ExternalAccountBinding { get; init; }
}

/// <summary>RFC 8555 §7.1.2; its URL names it in every later request.</summary>
public sealed record AcmeAccount
{
    public required string Status { get; init; }

    /// <summary>Some CAs keep contacts to themselves.</summary>
    public IReadOnlyList<string>? Contact { get; init => field = value is null ? null : NonNullList.Of(value); }
}

/// <summary>RFC 8555 §7.3.5.</summary>
internal sealed record AcmeKeyChange
{
    public required string Account { get; init; }

    public required Jwk OldKey { get; init; }
}

/// <summary>RFC 8555 §7.6, the reasons of RFC 5280 §5.3.1.</summary>
internal sealed record AcmeRevocation
{
    public required string Certificate { get; init; }

    public int? Reason { get; init; }
}

/// <summary>RFC 8555 §7.5.2.</summary>
internal sealed record AcmeDeactivation
{
    public string Status { get; init; } = "deactivated";
}
