using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Edge.Connections;

/// <summary>
/// A connection ends with its socket. In Kestrel's HTTP/2 a stream whose response is under way while the connection is
/// aborted (a client that sends requests beyond MAX_CONCURRENT_STREAMS brings that about) may wait for ever for a writer that has
/// left, and with it the connection, its buffers and its place. Such a task is abandoned; nothing references it any more.
/// </summary>
internal static class AbandonedConnectionGuard
{
    /// <summary>For a response to a client that has closed its own side; responses are in memory.</summary>
    private static readonly TimeSpan grace = TimeSpan.FromSeconds(2);

    /// <summary>After an abort nothing can be sent any more: only for what is under way to notice.</summary>
    private static readonly TimeSpan graceAfterAbort = TimeSpan.FromMilliseconds(100);

    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, TimeProvider time)
    {
        Task run = next(connection);
        try
        {
            await run.WaitAsync(connection.ConnectionClosed);
        }
        catch (OperationCanceledException) when (connection.ConnectionClosed.IsCancellationRequested)
        {
            try
            {
                await run.WaitAsync(connection.Features.Get<SocketConnection>() is { IsAborted: true } ? graceAfterAbort : grace, time);
            }
            catch (TimeoutException)
            {
                connection.Abort(new ConnectionAbortedException("it did not end with its socket"));
            }
        }
    }
}
