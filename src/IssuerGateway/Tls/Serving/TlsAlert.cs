using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace IssuerGateway.Tls.Serving;

/// <summary>The alerts that SslStream does not send by itself.</summary>
internal static class TlsAlert
{
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(1);

    /// <summary>fatal(2), unrecognized_name(112) in a plaintext record of TLS 1.2 (RFC 8446 §5.1, §6; RFC 6066 §3): nothing is encrypted before the server has spoken.</summary>
    private static readonly byte[] unrecognizedName = [21, 3, 3, 0, 2, 2, 112];

    /// <summary>Tells a client that there is no certificate for its name; without it all it sees is a closed connection.</summary>
    public static Task SendUnrecognizedNameAsync(Stream transport, TimeProvider time) =>
        AttemptAsync(async token =>
        {
            await transport.WriteAsync(unrecognizedName, token);
            await transport.FlushAsync(token);
        }, time);

    /// <summary>close_notify (RFC 8446 §6.1): tells a client that the end was meant, so that it cannot be mistaken for a truncation.</summary>
    public static Task SendCloseNotifyAsync(SslStream tls, TimeProvider time) => AttemptAsync(_ => tls.ShutdownAsync(), time);

    // A client that reads nothing any more must not keep its connection open by it.
    private static async Task AttemptAsync(Func<CancellationToken, Task> send, TimeProvider time)
    {
        using CancellationTokenSource limit = new(timeout, time);
        try
        {
            await send(limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or CryptographicException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or NotSupportedException)
        {
            // Nobody would receive it, or OpenSSL has nothing to say it with, in a renegotiation that was rejected.
        }
    }
}
