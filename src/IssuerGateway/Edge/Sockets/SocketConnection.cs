using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Edge.Sockets;

/// <summary>One accepted connection: a reader and a writer straight on the socket, and the stream below them for TLS.</summary>
internal sealed class SocketConnection : DefaultConnectionContext, IMemoryPoolFeature, IConnectionSocketFeature
{
    private readonly SocketStream stream;
    private readonly PipeReader input;
    private readonly PipeWriter output;

    public SocketConnection(Socket socket, MemoryPool<byte> pool)
        : base(Guid.NewGuid().ToString())
    {
        Socket = socket;
        MemoryPool = pool;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        stream = new SocketStream(socket);
        input = PipeReader.Create(stream, new StreamPipeReaderOptions(pool, leaveOpen: true));
        output = PipeWriter.Create(stream, new StreamPipeWriterOptions(pool, leaveOpen: true));
        Transport = new DuplexPipe(input, output);
        Features.Set(this);
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set<IConnectionSocketFeature>(this);
    }

    public Socket Socket { get; }

    public MemoryPool<byte> MemoryPool { get; }

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
        base.Abort(abortReason);
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
        await base.DisposeAsync();
    }

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
