namespace IssuerGateway.Acme;

/// <summary>Where a CA offers what (RFC 8555 §7.1.1).</summary>
public sealed record AcmeDirectory
{
    public required Uri NewNonce { get; init; }

    public required Uri NewAccount { get; init; }

    public required Uri NewOrder { get; init; }

    /// <summary>RFC 8555 §7.6.</summary>
    public Uri? RevokeCert { get; init; }

    /// <summary>RFC 8555 §7.3.5.</summary>
    public Uri? KeyChange { get; init; }

    /// <summary>RFC 9773 §4.1; absent when the CA does not provide when to renew.</summary>
    public Uri? RenewalInfo { get; init; }

    /// <summary>Optional (§7.1.1); a CA without terms, external accounts and profiles may leave it out.</summary>
    public AcmeDirectoryMeta? Meta { get; init; }
}

/// <summary>RFC 8555 §9.7.6, and the profiles of draft-ietf-acme-profiles §3.</summary>
public sealed record AcmeDirectoryMeta
{
    public bool ExternalAccountRequired { get; init; }

    /// <summary>Name and description of each profile.</summary>
    public IReadOnlyDictionary<string, string>? Profiles { get; init; }
}
