using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Transport;

/// <summary>
/// Accepts connections until it is unbound, and hands one over only when there is a place for it. Here and not in a
/// connection middleware: those run later, on other threads, and while they catch up the accept loop would use up the
/// descriptors. Nothing here logs or waits for anything but sockets, and no failure of one connection ends the loop.
/// </summary>
internal sealed class SocketListener : IConnectionListener
{
    /// <summary>As Kestrel's own transport has it.</summary>
    private const int Backlog = 512;

    /// <summary>
    /// Enough for both documents of an issuer with some dozen keys in one round trip. The kernel's own choice grows to
    /// megabytes for a client that sends requests and does not read, and what the kernel has taken counts as read: the least rate of
    /// responses would take effect after hours.
    /// </summary>
    private const int SendBuffer = 32 * 1024;

    /// <summary>Several requests or one TLS record; the kernel doubles both numbers for its own bookkeeping.</summary>
    private const int ReceiveBuffer = 16 * 1024;

    /// <summary>Without descriptors or memory there is nothing to do but to wait until some come back; retrying at once would busy-loop.</summary>
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket listening;
    private readonly Func<Socket, SocketConnection> open;

    private SocketListener(Socket listening, Func<Socket, SocketConnection> open)
    {
        this.listening = listening;
        this.open = open;
    }

    public EndPoint EndPoint => listening.LocalEndPoint!;

    /// <exception cref="IOException">The address cannot be had; Kestrel's own exception for that would have it named http.</exception>
    public static SocketListener Bind(IPEndPoint address, Func<Socket, SocketConnection> open)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            // Accepted sockets inherit them.
            socket.SendBufferSize = SendBuffer;
            socket.ReceiveBufferSize = ReceiveBuffer;
            socket.Bind(address);
            socket.Listen(Backlog);
            return new SocketListener(socket, open);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            if (address.Address.Equals(IPAddress.IPv6Any) && e.SocketErrorCode is not SocketError.AddressAlreadyInUse and not SocketError.AccessDenied)
            {
                // A machine without IPv6: Kestrel then binds every IPv4 address.
                throw;
            }

            throw new IOException($"cannot listen on {address}: {e.Message}", e);
        }
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                if (await AdmitAsync(Open(await listening.AcceptAsync(cancellationToken))) is { } admitted)
                {
                    return admitted;
                }
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested || listening.SafeHandle.IsClosed)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is not SocketError.TooManyOpenSockets and not SocketError.NoBufferSpaceAvailable)
            {
                // Reset before it was accepted.
            }
#pragma warning disable CA1031 // Kestrel would end the loop, and with it the service, for good.
            catch (Exception)
#pragma warning restore CA1031
            {
                await Task.Delay(pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => DisposeAsync();

    public ValueTask DisposeAsync()
    {
        listening.Dispose();
        return ValueTask.CompletedTask;
    }

    private SocketConnection Open(Socket accepted)
    {
        try
        {
            accepted.NoDelay = true;
            return open(accepted);
        }
        catch
        {
            // Reset meanwhile: its descriptor must not wait for the collector.
            accepted.Dispose();
            throw;
        }
    }

    private static async ValueTask<SocketConnection?> AdmitAsync(SocketConnection connection)
    {
        bool isAdmitted = false;
        try
        {
            isAdmitted = connection.TryAcquirePlace();
            return isAdmitted ? connection : null;
        }
        finally
        {
            if (!isAdmitted)
            {
                connection.Abort(new ConnectionAbortedException("no place for another connection"));

                // Not before it is gone the next is accepted: so rejected ones never use up the descriptors.
                await connection.DisposeAsync();
            }
        }
    }
}
