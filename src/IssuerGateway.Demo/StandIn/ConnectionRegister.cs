using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Demo.StandIn;

/// <summary>The open connections of one server, so that a fault of the connection is seen by those who keep theirs open.</summary>
internal sealed class ConnectionRegister
{
    private readonly ConcurrentDictionary<string, ConnectionContext> open = new();

    public ConnectionDelegate Track(ConnectionDelegate next) => async connection =>
    {
        open[connection.ConnectionId] = connection;
        try
        {
            await next(connection);
        }
        finally
        {
            open.TryRemove(connection.ConnectionId, out _);
        }
    };

    public void DropAll()
    {
        foreach (ConnectionContext connection in open.Values)
        {
            connection.Abort();
        }
    }
}
