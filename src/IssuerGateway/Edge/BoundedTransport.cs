using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IssuerGateway.Edge;

/// <summary>
/// Kestrel's socket transport, which hands over a connection only when there is a place for it. Here and not in a
/// connection middleware: those run later, on other threads, and while they catch up the accept loop would use up the
/// descriptors and then spin on failing accepts.
/// </summary>
internal sealed class BoundedTransport(IOptions<SocketTransportOptions> options, ILoggerFactory loggers, ConnectionPlaces places, Refusals refusals)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory sockets = new(options, loggers);

    public bool CanBind(EndPoint endpoint) => sockets.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await sockets.BindAsync(endpoint, cancellationToken), places, refusals);

    private sealed class Listener(IConnectionListener inner, ConnectionPlaces places, Refusals refusals) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await inner.AcceptAsync(cancellationToken) is { } accepted)
            {
                HeldConnection connection = new(accepted, places);
                if (connection.TryTakePlace())
                {
                    return connection;
                }

                refusals.Note(Refusal.Total, connection.RemoteEndPoint);
                connection.Abort(new ConnectionAbortedException("no place for another connection"));

                // Not before it is gone the next is accepted: so refused ones never use up the descriptors.
                await connection.DisposeAsync();
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
