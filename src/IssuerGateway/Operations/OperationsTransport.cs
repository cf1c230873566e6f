using System.Buffers;
using System.Net;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace IssuerGateway.Operations;

/// <summary>
/// The transport and the limits of the private listener: those of the public ones, in small. Whoever holds connections
/// without being served is closed to admit a probe, then whoever holds most.
/// </summary>
internal sealed class OperationsTransport
{
    private const int MaxConnections = 64;

    /// <summary>Probes and scrapes are one request each; nobody who keeps a connection idle needs it.</summary>
    private static readonly TimeSpan idleTimeout = TimeSpan.FromSeconds(5);

    private readonly PerAddressLimiter addresses;

    public OperationsTransport(TimeProvider time)
    {
        ConnectionLimits limits = new() { MaxConnections = MaxConnections, MaxConnectionsPerAddress = MaxConnections };
        addresses = new PerAddressLimiter(limits, time);

        // Nothing is counted or logged: a neighbor that is rejected is its own affair.
        ConnectionLimiter limiter = new(limits, addresses, time, (_, _) => { }, _ => { });
        Factory = new SocketTransport(MemoryPool<byte>.Shared, limiter, time, own: null, _ => { }) { PeerIsClient = true };
    }

    public IConnectionListenerFactory Factory { get; }

    public void Listen(KestrelServerOptions kestrel, OperationsSettings settings)
    {
        kestrel.Limits.KeepAliveTimeout = idleTimeout;
        kestrel.Limits.RequestHeadersTimeout = idleTimeout;
        kestrel.Listen(settings.Address, settings.Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => AdmitAsync(connection, next));
        });
    }

    private async Task AdmitAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        ClientNetwork client = connection.RemoteEndPoint is IPEndPoint { Address: { } address } ? ClientNetwork.Of(address) : default;
        if (!addresses.TryEnter(client))
        {
            connection.Abort(new ConnectionAbortedException("its address has as many as it may have"));
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            addresses.Leave(client);
        }
    }
}
