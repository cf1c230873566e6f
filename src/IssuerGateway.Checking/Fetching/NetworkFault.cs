using System.Net.Sockets;

namespace IssuerGateway.Checking.Fetching;

/// <summary>Network errors in the words of a person.</summary>
internal static class NetworkFault
{
    /// <summary>Whether this machine has no way to the address, as one without IPv6 has none to an IPv6 address: that says nothing about the other side.</summary>
    public static bool IsWithoutRoute(SocketException? fault) => fault?.SocketErrorCode is SocketError.NetworkUnreachable or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported;

    /// <summary>Whether the name server did not respond, or responded with an error of its own such as SERVFAIL or FORMERR, and not that there is no such name (RFC 1035 §4.1.1).</summary>
    public static bool IsOfNameServer(SocketException? fault) => fault?.SocketErrorCode is SocketError.TryAgain or SocketError.NoRecovery;

    public static string Reason(Exception e) => e switch
    {
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } => "the name does not resolve",
        SocketException fault when IsOfNameServer(fault) => "the name server does not respond, or responds with an error such as SERVFAIL",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "refused the connection",
        SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable } => "cannot be reached from here (no route)",
        SocketException { SocketErrorCode: SocketError.TimedOut } => $"did not respond within {GuardedConnector.AddressTimeout.TotalSeconds:0} s",
        SocketException socket => $"failed ({socket.SocketErrorCode})",
        OperationCanceledException => "did not respond before --timeout was up",
        IOException => "the connection was cut off",
        _ => "the request failed",
    };
}
