using System.Net.Sockets;

namespace IssuerGateway.Checking.Fetching;

/// <summary>Network errors in the words of a person.</summary>
internal static class NetworkFault
{
    public static string Reason(Exception e) => e switch
    {
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } => "the name does not resolve",
        SocketException { SocketErrorCode: SocketError.TryAgain } => "the name server does not respond",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "refused the connection",
        SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable } => "cannot be reached from here (no route)",
        SocketException { SocketErrorCode: SocketError.TimedOut } => $"did not respond within {GuardedConnector.AddressTimeout.TotalSeconds:0} s",
        SocketException socket => $"failed ({socket.SocketErrorCode})",
        OperationCanceledException => "did not respond before --timeout was up",
        _ => e.GetType().Name,
    };
}
