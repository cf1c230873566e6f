using System.Buffers;
using System.Net;
using IssuerGateway.Edge.Watchdog;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Edge.Sockets;

/// <summary>
/// Kestrel's transport for the public listeners. Its own puts a pipe and a pump of two tasks between a socket and who reads
/// it; here the reader asks the socket itself, which a small request over TLS feels (loadtests/RESULTS.md). Back-pressure
/// is the socket's: nothing is read before somebody wants it, and no more is written than the peer takes.
/// </summary>
internal sealed class SocketTransport(IMemoryPoolFactory<byte> pools, ConnectionPlaces places, Refusals refusals, OwnConnections own, PublicPorts ports, ILogger<SocketTransport> logger)
    : IConnectionListenerFactory
{
    private readonly MemoryPool<byte> pool = pools.Create();

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is not IPEndPoint address)
        {
            throw new NotSupportedException($"{endpoint}: the public listeners are IP addresses");
        }

        SocketListener listener = SocketListener.Bind(address, accepted => new SocketConnection(accepted, pool, places) { IsOwn = own.Contains(accepted.RemoteEndPoint) }, places, refusals);
        ports.Add((IPEndPoint)listener.EndPoint);
        logger.LogInformation("Listening to the public on {Address}", listener.EndPoint);
        return new(listener);
    }
}
