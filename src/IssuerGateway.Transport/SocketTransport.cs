using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Transport;

/// <summary>
/// Kestrel's transport for every listener of the gateway. Its own puts a pipe and a pump of two tasks between a socket and
/// who reads it, and accepts before anybody has counted; here the reader polls the socket itself, which a small request
/// over TLS feels (loadtests/RESULTS.md). Back-pressure is the socket's: nothing is read before somebody wants it, and no
/// more is written than the peer takes.
/// </summary>
/// <param name="own">Which peers are the gateway itself; none where nobody looks from inside.</param>
/// <param name="bound">Called with each address that is listened to.</param>
public sealed class SocketTransport(MemoryPool<byte> pool, ConnectionLimiter limiter, TimeProvider time, OwnConnections? own, Action<IPEndPoint> bound)
    : IConnectionListenerFactory
{
    /// <summary>Whether the other end of a connection is the client itself, so that its address says whose it is.</summary>
    public bool PeerIsClient { get; init; }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is not IPEndPoint address)
        {
            throw new NotSupportedException($"{endpoint}: only IP addresses are listened to");
        }

        SocketListener listener = SocketListener.Bind(address, Open);
        bound((IPEndPoint)listener.EndPoint);
        return new(listener);
    }

    private SocketConnection Open(Socket accepted)
    {
        EndPoint? peer = accepted.RemoteEndPoint;
        return new SocketConnection(accepted, pool, limiter, time)
        {
            IsOwn = own?.Contains(peer) ?? false,
            Client = PeerIsClient && peer is IPEndPoint { Address: { } address } ? ClientNetwork.Of(address) : default,
        };
    }
}
