using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Edge.Sockets;

/// <summary>Accepts connections until it is unbound; a connection that fails while it is accepted is the peer's affair.</summary>
internal sealed class SocketListener : IConnectionListener
{
    /// <summary>As Kestrel's own transport has it.</summary>
    private const int Backlog = 512;

    /// <summary>Without descriptors there is nothing to do but to wait until some come back; asking at once would be a loop at full speed.</summary>
    private static readonly TimeSpan exhausted = TimeSpan.FromMilliseconds(100);

    private readonly Socket listening;
    private readonly MemoryPool<byte> pool;

    private SocketListener(Socket listening, MemoryPool<byte> pool)
    {
        this.listening = listening;
        this.pool = pool;
    }

    public EndPoint EndPoint => listening.LocalEndPoint!;

    /// <exception cref="AddressInUseException">What Kestrel expects, and reports with the address.</exception>
    public static SocketListener Bind(IPEndPoint address, MemoryPool<byte> pool)
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
            return new SocketListener(socket, pool);
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
                return Open(accepted);
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

    private SocketConnection? Open(Socket accepted)
    {
        accepted.NoDelay = true;
        return new SocketConnection(accepted, pool);
    }
}
