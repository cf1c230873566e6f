using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace IssuerGateway.Transport;

/// <summary>
/// The stream of a connection, which can take back what was read too early, and which keeps no thread for a peer that
/// always has more to say. To write to a peer that is gone is no fault here, as it is none with Kestrel's transport: who
/// reads learns that the connection has ended.
/// </summary>
/// <param name="ended">The peer has closed its side, or the connection is gone.</param>
internal sealed class SocketStream(Socket socket, Action ended) : NetworkStream(socket, ownsSocket: false)
{
    /// <summary>
    /// Bytes that a peer without a pause is heard for at once; then others get their turn. What follows a read runs on one of
    /// the few threads that wait for all sockets (EdgeListeners.PreferInlineCompletions), and key updates of TLS or frames of
    /// HTTP/2 that want no response would never let go of it. More than any request, and no more, because 4 KB of key updates
    /// are milliseconds of work.
    /// </summary>
    private const int Turn = 4 * 1024;

    private ReadOnlyMemory<byte> unread;
    private volatile bool hasReceived;
    private int withoutPause;

    /// <summary>Whether the peer has sent anything.</summary>
    public bool HasReceived => hasReceived;

    /// <summary>The next reads give these bytes before anything of the socket.</summary>
    public void Unread(byte[] bytes) => unread = bytes;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (unread.IsEmpty)
        {
            buffer = buffer[..Math.Min(buffer.Length, Turn)];
            return ReceiveAsync(base.ReadAsync(buffer, cancellationToken), buffer.IsEmpty);
        }

        int count = Math.Min(buffer.Length, unread.Length);
        unread[..count].CopyTo(buffer);
        unread = unread[count..];
        return new(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            ValueTask sending = base.WriteAsync(buffer, cancellationToken);
            return sending.IsCompletedSuccessfully ? sending : UnlessGoneAsync(sending);
        }
        catch (IOException)
        {
            return default;
        }
    }

    // Every other way to read goes through the one above, or nowhere: none may take more than its turn or hold a thread.
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) => throw OnlyAsynchronous();

    public override int Read(Span<byte> buffer) => throw OnlyAsynchronous();

    public override int Read(byte[] buffer, int offset, int count) => throw OnlyAsynchronous();

    public override int ReadByte() => throw OnlyAsynchronous();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) => throw OnlyAsynchronous();

    public override void Write(ReadOnlySpan<byte> buffer) => throw OnlyAsynchronous();

    public override void Write(byte[] buffer, int offset, int count) => throw OnlyAsynchronous();

    public override void WriteByte(byte value) => throw OnlyAsynchronous();

    private static NotSupportedException OnlyAsynchronous() => new("this stream is read and written asynchronously");

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(ValueTask<int> receiving, bool isOnlyWaiting)
    {
        try
        {
            bool hasPaused = !receiving.IsCompleted;
            int count = await receiving;
            withoutPause = hasPaused ? 0 : withoutPause + count;
            if (withoutPause >= Turn)
            {
                withoutPause = 0;

                // To the end of the thread pool's queue.
                await Task.Yield();
            }

            if (count > 0)
            {
                hasReceived = true;
            }
            else if (!isOnlyWaiting)
            {
                ended();
            }

            return count;
        }
        catch (IOException)
        {
            ended();
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask UnlessGoneAsync(ValueTask sending)
    {
        try
        {
            await sending;
        }
        catch (IOException)
        {
            // Dropped, as everything that follows will be.
        }
    }
}
