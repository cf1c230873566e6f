namespace IssuerGateway.EndToEnd.Acme;

/// <summary>What differs between one Pebble and another.</summary>
internal sealed record PebbleOptions
{
    /// <summary>The ports at which the gateway is validated.</summary>
    public required int HttpPort { get; init; }

    public required int TlsPort { get; init; }

    /// <summary>Seconds that a certificate is valid.</summary>
    public int Validity { get; init; } = 90 * 24 * 3600;

    /// <summary>An external account that every new account has to be bound to.</summary>
    public (string KeyId, string HmacKey)? Eab { get; init; }
}
