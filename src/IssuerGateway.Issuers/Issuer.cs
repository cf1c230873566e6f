namespace IssuerGateway.Issuers;

/// <summary>What to do with a <c>jwks_uri</c> that is not the one that the gateway serves.</summary>
public enum KeySetUriPolicy
{
    /// <summary>Replace it in place; the on-premises default of the API server is a private address.</summary>
    Publish,

    /// <summary>Reject the document, so that relying parties get the API server's bytes or nothing.</summary>
    Require,
}

/// <summary>One issuer that the gateway publishes, as the operator states it.</summary>
public sealed record Issuer
{
    /// <summary>What the discovery document must say and new tokens carry.</summary>
    public required IssuerIdentifier Identifier { get; init; }

    /// <summary>Earlier identifiers that tokens still carry; each gets a discovery document with the same keys.</summary>
    public IReadOnlyList<IssuerIdentifier> PreviousIdentifiers { get; init; } = [];

    public KeySetUriPolicy KeySetUriPolicy { get; init; } = KeySetUriPolicy.Publish;

    /// <summary>kids of keys that are never published, whatever the API servers say: under this kid or, if Kubernetes made it, under any other (<see cref="SigningKey.NameIn"/>).</summary>
    public IReadOnlyList<string> RevokedKeys { get; init; } = [];

    public IEnumerable<IssuerIdentifier> AllIdentifiers => [Identifier, .. PreviousIdentifiers];
}
