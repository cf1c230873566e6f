namespace IssuerGateway.Tls.Acme;

/// <summary>The request for a new or the existing account (RFC 8555 §7.3).</summary>
internal sealed record AcmeAccountRequest
{
    public IReadOnlyList<string>? Contact { get; init; }

    public bool? TermsOfServiceAgreed { get; init; }

    public JwsMessage? ExternalAccountBinding { get; init; }
}

/// <summary>RFC 8555 §7.1.2; its URL names it in every later request.</summary>
internal sealed record AcmeAccount
{
    public required string Status { get; init; }
}
