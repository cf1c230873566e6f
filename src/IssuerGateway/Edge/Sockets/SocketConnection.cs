using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Edge.Sockets;

/// <summary>
/// One accepted connection: a reader and a writer straight on the socket, and the stream below them for TLS. It keeps its
/// place among all connections until its socket is closed.
/// </summary>
internal sealed class SocketConnection : DefaultConnectionContext, IMemoryPoolFeature, IConnectionSocketFeature
{
    private static long last;

    // Never disposed: it has no timer, and whoever asks for the token later still gets it.
    private readonly CancellationTokenSource closed = new();
    private readonly SocketStream stream;
    private readonly PipeReader input;
    private readonly PipeWriter output;
    private readonly ConnectionPlaces places;
    private bool isHeld;

    public SocketConnection(Socket socket, MemoryPool<byte> pool, ConnectionPlaces places)
        : base(Interlocked.Increment(ref last).ToString(CultureInfo.InvariantCulture))
    {
        this.places = places;
        Socket = socket;
        MemoryPool = pool;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = closed.Token;
        stream = new SocketStream(socket, Close);
        input = PipeReader.Create(stream, new StreamPipeReaderOptions(pool, leaveOpen: true));
        output = PipeWriter.Create(stream, new StreamPipeWriterOptions(pool, leaveOpen: true));
        Transport = new Duplex(input, output);
        Features.Set(this);
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set<IConnectionSocketFeature>(this);
    }

    public Socket Socket { get; }

    public MemoryPool<byte> MemoryPool { get; }

    /// <summary>Index among the held ones; belongs to <see cref="ConnectionPlaces"/>, as the next does.</summary>
    public int Place { get; set; }

    public bool IsLeaving { get; set; }

    /// <summary>Made by the gateway itself to see whether its port responds: no limit rejects it.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Ended from this side, without regard for what was to be sent.</summary>
    public bool IsAborted { get; private set; }

    public bool TryTakePlace() => isHeld = places.TryTake(this);

    /// <summary>
    /// The stream of a connection that this transport accepted, in place of its reader and writer: what was looked at and
    /// not consumed comes first. A pipe between TLS and the socket would cost a copy and a wait for each read.
    /// </summary>
    public static Stream StreamOf(ConnectionContext connection)
    {
        SocketConnection own = connection.Features.GetRequiredFeature<SocketConnection>();
        if (own.input.TryRead(out ReadResult read) && !read.Buffer.IsEmpty)
        {
            own.stream.Unread(read.Buffer.ToArray());
            own.input.AdvanceTo(read.Buffer.End);
        }

        return own.stream;
    }

    /// <summary>Ends at once: what the peer has not taken is dropped, and the kernel's buffers with it.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        IsAborted = true;
        Close();
        Socket.Close(timeout: 0);
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster, or it was aborted.
        }

        Socket.Dispose();
        await input.CompleteAsync();

        // With a reason nothing is flushed any more: all that was to be sent has been.
        await output.CompleteAsync(new ConnectionAbortedException());
        await stream.DisposeAsync();
        Close();
        await base.DisposeAsync();
        if (isHeld)
        {
            isHeld = false;
            places.GiveBack(this);
        }
    }

    // On another thread: what waits for it is not to run in the middle of a read.
    private void Close() => _ = closed.CancelAsync();

    /// <summary>
    /// Time since the client sent a byte of data, or connected. The kernel notes it anyway, so that a request need not;
    /// null where it cannot be asked.
    /// </summary>
    public TimeSpan? SilentFor()
    {
        // tcp(7), struct tcp_info of linux/tcp.h: eight bytes, then numbers of 32 bits, tcpi_last_data_recv the 12th, in milliseconds.
        const int Tcp = 6;
        const int TcpInfo = 11;
        const int LastDataReceived = 8 + (11 * sizeof(uint));
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> info = stackalloc byte[LastDataReceived + sizeof(uint)];
        try
        {
            return Socket.GetRawSocketOption(Tcp, TcpInfo, info) == info.Length
                ? TimeSpan.FromMilliseconds(BitConverter.ToUInt32(info[LastDataReceived..]))
                : null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed meanwhile: it needs no closing.
            return null;
        }
    }
}
