using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Serving;

/// <summary>
/// Ends TLS on the stream of a connection and hands plain bytes on. What Kestrel's own middleware does, but for the two
/// pipes that it puts below TLS (loadtests/RESULTS.md).
/// </summary>
/// <param name="streamOf">The stream of a connection, which gives what was looked at before once more.</param>
/// <param name="choose">What the server offers for the name in the hello; none: the handshake is rejected.</param>
internal sealed class TlsTermination(
    Func<ConnectionContext, Stream> streamOf, Func<ConnectionContext, string, SslServerAuthenticationOptions?> choose, TimeProvider time, ILogger<TlsTermination> logger)
{
    /// <summary>A client that has not shown its handshake by then is not going to.</summary>
    private static readonly TimeSpan handshakeTimeout = TimeSpan.FromSeconds(10);

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        Stream transport = streamOf(connection);
        await using SslStream tls = new(transport, leaveInnerStreamOpen: true);
        if (await TryHandshakeAsync(connection, transport, tls))
        {
            TlsFeatures.Set(connection.Features, tls);
            await ServeAsync(connection, tls, next);
            await TlsAlert.SendCloseNotifyAsync(tls, time);
        }
    }

    private async Task<bool> TryHandshakeAsync(ConnectionContext connection, Stream transport, SslStream tls)
    {
        bool isNameUnknown = false;
        using CancellationTokenSource limit = new(handshakeTimeout, time);
        try
        {
            await tls.AuthenticateAsServerAsync(
                (_, hello, _, _) =>
                {
                    if (choose(connection, hello.ServerName) is { } options)
                    {
                        return new(options);
                    }

                    isNameUnknown = true;
                    throw new AuthenticationException("no certificate for the requested name");
                },
                state: null, limit.Token);
            return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException or NotSupportedException)
        {
            // The last: a first record that is no ClientHello (an alert, SSL 2) requests no certificate, which SslStream misses.
            // Scanners do this all day; an operator who looks for one turns Debug on.
            logger.LogDebug(e, "Connection {Connection}: the handshake failed", connection.ConnectionId);
            if (isNameUnknown)
            {
                await TlsAlert.SendUnrecognizedNameAsync(transport, time);
            }

            return false;
        }
    }

    private static async Task ServeAsync(ConnectionContext connection, SslStream tls, ConnectionDelegate next)
    {
        IDuplexPipe before = connection.Transport;
        System.Buffers.MemoryPool<byte>? pool = connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool;

        // While nothing comes no buffer is held for it.
        PipeReader input = PipeReader.Create(tls, new StreamPipeReaderOptions(pool, leaveOpen: true, useZeroByteReads: true));
        PipeWriter output = PipeWriter.Create(tls, new StreamPipeWriterOptions(pool, leaveOpen: true));
        connection.Transport = new DuplexPipe(input, output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = before;
            await input.CompleteAsync();
            await CompleteAsync(output);
        }
    }

    private static async Task CompleteAsync(PipeWriter output)
    {
        try
        {
            await output.CompleteAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // What was left to send has nobody to go to.
        }
    }
}
