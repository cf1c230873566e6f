using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Transport;

/// <summary>
/// One accepted connection: a reader and a writer straight on the socket, and the stream below them for TLS. It keeps its
/// place among all connections until its socket is closed.
/// </summary>
public sealed class SocketConnection : DefaultConnectionContext, IMemoryPoolFeature, IConnectionSocketFeature
{
    /// <summary>Who has not sent a byte yet is the cheapest to open and the first to go.</summary>
    private const int SilentFactor = 4;

    private static long last;

    // Never disposed: it has no timer, and whoever requests the token later still gets it.
    private readonly CancellationTokenSource closed = new();
    private readonly SocketStream stream;
    private readonly PipeReader input;
    private readonly PipeWriter output;
    private readonly ConnectionLimiter limiter;
    private readonly TimeProvider time;
    private long lastServed;
    private bool isServed;
    private int isDisposed;

    public SocketConnection(Socket socket, MemoryPool<byte> pool, ConnectionLimiter limiter, TimeProvider time)
        : base(Interlocked.Increment(ref last).ToString(CultureInfo.InvariantCulture))
    {
        this.limiter = limiter;
        this.time = time;
        lastServed = time.GetTimestamp();
        Socket = socket;
        MemoryPool = pool;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = closed.Token;
        stream = new SocketStream(socket, Close);
        input = PipeReader.Create(stream, new StreamPipeReaderOptions(pool, leaveOpen: true));
        output = PipeWriter.Create(stream, new StreamPipeWriterOptions(pool, leaveOpen: true));
        Transport = new DuplexPipe(input, output);
        Features.Set(this);
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set<IConnectionSocketFeature>(this);
    }

    public Socket Socket { get; }

    public MemoryPool<byte> MemoryPool { get; }

    /// <summary>Made by the gateway itself to see whether its port responds: no limit rejects it.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Whose it is, once that is known; a reader that sees half of a change finds a client that holds nothing.</summary>
    public ClientNetwork Client { get; set; }

    /// <summary>One of the last places: it is to close after one response.</summary>
    public bool IsBrief { get; internal set; }

    /// <summary>What the application has verified for this connection and need not verify at each request.</summary>
    public object? VerifiedFor { get; set; }

    /// <summary>Ended from this side, without regard for what was to be sent.</summary>
    public bool IsAborted { get; private set; }

    /// <summary>Index among the held ones, -1 without a place; belongs to <see cref="ConnectionLimiter"/>, as the next does.</summary>
    internal int Place { get; set; } = -1;

    internal bool IsLeaving { get; set; }

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

    /// <summary>Whether the client has been served anything yet.</summary>
    public bool IsServed => Volatile.Read(ref isServed);

    /// <summary>The client has taken what it requested; nothing else counts as activity.</summary>
    public void Served()
    {
        Volatile.Write(ref lastServed, time.GetTimestamp());
        Volatile.Write(ref isServed, true);
    }

    /// <summary>Time since it was served last, or connected.</summary>
    public TimeSpan IdleTime(long now)
    {
        TimeSpan elapsed = time.GetElapsedTime(Volatile.Read(ref lastServed), now);
        return stream.HasReceived ? elapsed : elapsed * SilentFactor;
    }

    /// <summary>Ends at once: what the peer has not taken is dropped, and the kernel's buffers with it. Never throws.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        IsAborted = true;
        Close();
        try
        {
            Socket.Close(timeout: 0);
        }
        catch (SocketException)
        {
            // The peer was faster.
        }
    }

    /// <summary>After the last read, by the one that reads, as Kestrel does it: a reader belongs to one thread. Others call <see cref="Abort"/>.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) != 0)
        {
            return;
        }

        try
        {
            CloseSocket();
            await input.CompleteAsync();

            // With a reason nothing is flushed any more: all that was to be sent has been.
            await output.CompleteAsync(new ConnectionAbortedException());
            await stream.DisposeAsync();
            Close();
            await base.DisposeAsync();
        }
        finally
        {
            limiter.Release(this);
        }
    }

    internal bool TryAcquirePlace() => limiter.TryAcquire(this);

    private void CloseSocket()
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
    }

    // On another thread: what waits for it is not to run in the middle of a read.
    private void Close() => _ = closed.CancelAsync();
}
