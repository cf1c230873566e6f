namespace IssuerGateway.Acme;

/// <summary>What a certificate is for (RFC 8555 §9.7.7); only DNS names here.</summary>
public sealed record AcmeIdentifier
{
    public required string Type { get; init; }

    public required string Value { get; init; }

    public static AcmeIdentifier Dns(string name) => new() { Type = "dns", Value = name };
}
