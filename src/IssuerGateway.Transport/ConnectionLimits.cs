namespace IssuerGateway.Transport;

/// <summary>How many connections and handshakes there may be, in all and of one client.</summary>
public sealed record ConnectionLimits
{
    /// <summary>Connections at a time.</summary>
    public required int MaxConnections { get; init; }

    /// <summary>Connections of one IPv4 address or IPv6 /64 at a time; a /56 may have twice, a /48 four times as many.</summary>
    public required int MaxConnectionsPerAddress { get; init; }

    /// <summary>Handshakes of one address a second, sustained.</summary>
    public int HandshakesPerSecond { get; init; } = 1;

    /// <summary>Handshakes of one address at once after a pause.</summary>
    public int HandshakeBurst { get; init; } = 1;
}
