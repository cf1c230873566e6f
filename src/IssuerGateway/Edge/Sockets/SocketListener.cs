using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Edge.Sockets;

/// <summary>
/// Accepts connections until it is unbound, and hands one over only when there is a place for it. Here and not in a
/// connection middleware: those run later, on other threads, and while they catch up the accept loop would use up the
/// descriptors. A connection that fails while it is accepted is the peer's affair.
/// </summary>
internal sealed class SocketListener : IConnectionListener
{
    /// <summary>As Kestrel's own transport has it.</summary>
    private const int Backlog = 512;

    /// <summary>Without descriptors there is nothing to do but to wait until some come back; asking at once would be a loop at full speed.</summary>
    private static readonly TimeSpan exhausted = TimeSpan.FromMilliseconds(100);

    private readonly Socket listening;
    private readonly Func<Socket, SocketConnection> open;
    private readonly ConnectionPlaces places;
    private readonly Refusals refusals;

    private SocketListener(Socket listening, Func<Socket, SocketConnection> open, ConnectionPlaces places, Refusals refusals)
    {
        this.listening = listening;
        this.open = open;
        this.places = places;
        this.refusals = refusals;
    }

    public EndPoint EndPoint => listening.LocalEndPoint!;

    /// <exception cref="AddressInUseException">What Kestrel expects, and reports with the address.</exception>
    public static SocketListener Bind(IPEndPoint address, Func<Socket, SocketConnection> open, ConnectionPlaces places, Refusals refusals)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(address);
            socket.Listen(Backlog);
            return new SocketListener(socket, open, places, refusals);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            if (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                throw new AddressInUseException(e.Message, e);
            }

            throw;
        }
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                Socket accepted = await listening.AcceptAsync(cancellationToken);
                accepted.NoDelay = true;
                if (await AdmitAsync(open(accepted)) is { } admitted)
                {
                    return admitted;
                }
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await Task.Delay(exhausted, cancellationToken);
            }
            catch (SocketException)
            {
                // Reset before it was accepted.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => DisposeAsync();

    public ValueTask DisposeAsync()
    {
        listening.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<SocketConnection?> AdmitAsync(SocketConnection connection)
    {
        if (connection.TryTakePlace())
        {
            return connection;
        }

        refusals.Note(Refusal.Total, connection.RemoteEndPoint);
        connection.Abort(new ConnectionAbortedException("no place for another connection"));

        // Not before it is gone the next is accepted: so refused ones never use up the descriptors.
        await connection.DisposeAsync();
        return null;
    }
}
