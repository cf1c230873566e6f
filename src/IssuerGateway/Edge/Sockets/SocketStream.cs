using System.Net.Sockets;

namespace IssuerGateway.Edge.Sockets;

/// <summary>The stream of a connection, which can take back what was read too early.</summary>
internal sealed class SocketStream(Socket socket) : NetworkStream(socket, ownsSocket: false)
{
    private ReadOnlyMemory<byte> unread;

    /// <summary>The next reads give these bytes before anything of the socket.</summary>
    public void Unread(byte[] bytes) => unread = bytes;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (unread.IsEmpty)
        {
            return base.ReadAsync(buffer, cancellationToken);
        }

        int count = Math.Min(buffer.Length, unread.Length);
        unread[..count].CopyTo(buffer);
        unread = unread[count..];
        return new(count);
    }
}
