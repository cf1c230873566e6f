using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace IssuerGateway.Tests.Upstream;

/// <summary>What a server does with one request: writes what it likes; false ends the connection.</summary>
internal delegate Task<bool> RawResponse(string requestHead, Stream connection, CancellationToken cancellationToken);

/// <summary>A TLS server that says exactly the bytes that a test gives it, right or wrong.</summary>
internal sealed class RawTlsServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<string> requests = new();
    private readonly X509Certificate2? certificate;
    private readonly RawResponse response;
    private readonly Task accepting;
    private int connections;

    /// <param name="certificate">Absent: the server takes connections and never says a word of TLS.</param>
    public RawTlsServer(X509Certificate2? certificate, RawResponse response)
    {
        this.certificate = certificate;
        this.response = response;
        listener.Start();
        Address = new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        accepting = AcceptAsync();
    }

    public Uri Address { get; }

    public IReadOnlyList<string> Requests => [.. requests];

    public int Connections => Volatile.Read(ref connections);

    public string? ServerNameRequested { get; private set; }

    public string? ClientThumbprint { get; private set; }

    /// <summary>The same bytes for each path; others are closed.</summary>
    public static RawResponse Replay(IReadOnlyDictionary<string, byte[]> responses) => async (head, connection, cancellationToken) =>
    {
        if (!responses.TryGetValue(PathOf(head), out byte[]? bytes))
        {
            return false;
        }

        await connection.WriteAsync(bytes, cancellationToken);
        return true;
    };

    public static string PathOf(string head) => head.Split(' ')[1];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        listener.Stop();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> open = [];
        try
        {
            while (true)
            {
                TcpClient connection = await listener.AcceptTcpClientAsync(stop.Token);
                Interlocked.Increment(ref connections);
                open.Add(ServeAsync(connection));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using (connection)
        {
            try
            {
                if (certificate is null)
                {
                    await Task.Delay(Timeout.Infinite, stop.Token);
                }

                await using SslStream stream = new(connection.GetStream());
                await stream.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        ServerCertificate = certificate,
                        ClientCertificateRequired = true,
                        RemoteCertificateValidationCallback = (_, client, _, _) =>
                        {
                            ClientThumbprint = client?.GetCertHashString();

                            // Whoever queries may, with a certificate or without; a test looks at it afterwards.
                            return client is null or X509Certificate2;
                        },
                    },
                    stop.Token);
                ServerNameRequested = stream.TargetHostName;
                while (await ReadHeadAsync(stream) is { } head)
                {
                    requests.Enqueue(head);
                    if (!await response(head, stream, stop.Token))
                    {
                        break;
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // The client went away, which is what some tests are about.
            }
        }
    }

    private async Task<string?> ReadHeadAsync(SslStream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, stop.Token) == 1)
        {
            head.Append((char)one[0]);
            if (head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n")
            {
                return head.ToString();
            }
        }

        return null;
    }
}
