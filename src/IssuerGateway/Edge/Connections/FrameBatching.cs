using System.IO.Pipelines;
using System.Net.Security;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Edge.Connections;

/// <summary>
/// Lets the HTTP/2 frames of many streams leave in one TLS record: Kestrel flushes after each stream, and a record and a
/// send call for each small response is most of what such a response costs. HTTP/1.1 has one response a flush and is left alone.
/// </summary>
internal static class FrameBatching
{
    /// <summary>
    /// A peer that does not read holds up its own streams from here on, as the socket's own buffer does; so a slow
    /// reader costs at most this and one record. Below TLS's 16 KB a record would be cut short.
    /// </summary>
    private const int PauseThreshold = 32 * 1024;

    private static readonly PipeOptions options = new(
        // The work item that this queues is what gathers: until it runs, frames of further streams join the batch.
        readerScheduler: PipeScheduler.ThreadPool,
        writerScheduler: PipeScheduler.ThreadPool,
        pauseWriterThreshold: PauseThreshold,
        resumeWriterThreshold: PauseThreshold / 2,
        // One segment a record, so that a batch is written without another copy.
        minimumSegmentSize: 16 * 1024,
        useSynchronizationContext: false);

    /// <summary>How long a peer may take for what was sent last; Kestrel, for which it has left, measures no rate for it.</summary>
    private static readonly TimeSpan farewell = TimeSpan.FromSeconds(5);

    /// <summary>Belongs after TLS, whose ALPN decides (RFC 9113 §3.2).</summary>
    public static void UseFrameBatching(this IConnectionBuilder listener)
    {
        TimeProvider time = listener.ApplicationServices.GetRequiredService<TimeProvider>();
        listener.Use(next => connection => IsHttp2(connection) ? RunAsync(next, connection, time) : next(connection));
    }

    private static bool IsHttp2(ConnectionContext connection) =>
        connection.Features.Get<ITlsApplicationProtocolFeature>() is { } alpn
        && alpn.ApplicationProtocol.Span.SequenceEqual(SslApplicationProtocol.Http2.Protocol.Span);

    private static async Task RunAsync(ConnectionDelegate next, ConnectionContext connection, TimeProvider time)
    {
        IDuplexPipe transport = connection.Transport;
        Pipe gathered = new(options);
        Task forwarding = ForwardAsync(gathered.Reader, transport.Output);
        connection.Transport = new DuplexPipe(transport.Input, gathered.Writer);
        try
        {
            await next(connection);
        }
        finally
        {
            // What has been written still leaves before TLS says goodbye.
            await gathered.Writer.CompleteAsync();
            await SayGoodbyeAsync(connection, forwarding, time);
            connection.Transport = transport;
        }
    }

    private static async Task SayGoodbyeAsync(ConnectionContext connection, Task forwarding, TimeProvider time)
    {
        try
        {
            await forwarding.WaitAsync(farewell, time);
        }
        catch (TimeoutException)
        {
            // A peer that reads no more would keep its connection for ever.
            connection.Abort(new ConnectionAbortedException("the peer does not read"));
            await forwarding;
        }
    }

    private static async Task ForwardAsync(PipeReader gathered, PipeWriter output)
    {
        try
        {
            bool isOpen = true;
            while (isOpen)
            {
                ReadResult read = await gathered.ReadAsync();
                isOpen = !read.IsCompleted;
                foreach (ReadOnlyMemory<byte> segment in read.Buffer)
                {
                    isOpen &= !(await output.WriteAsync(segment)).IsCompleted;
                }

                gathered.AdvanceTo(read.Buffer.End);
            }
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection is gone; Kestrel learns it from the completed reader, as it would from the socket.
        }
        finally
        {
            await gathered.CompleteAsync();
        }
    }
}
