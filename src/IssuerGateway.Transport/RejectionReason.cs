namespace IssuerGateway.Transport;

/// <summary>Why a connection was closed before its client wanted.</summary>
public enum RejectionReason
{
    /// <summary>All places are taken, by clients that hold no more than the new one's.</summary>
    Total,

    /// <summary>It had been without a response longest, or its client held most, when another needed its place.</summary>
    Replaced,

    /// <summary>As many as one address may have.</summary>
    Address,

    /// <summary>More handshakes than one address may request.</summary>
    HandshakeRate,

    /// <summary>From a trusted source without a PROXY header, or not in time.</summary>
    ProxyHeaderMissing,

    /// <summary>From a trusted source with a PROXY header that breaks the rules.</summary>
    ProxyHeaderMalformed,

    /// <summary>With a PROXY header from a source that is not trusted.</summary>
    ProxyHeaderUntrusted,
}
