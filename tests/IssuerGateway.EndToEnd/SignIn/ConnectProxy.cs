using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>
/// The way out of the cluster: an HTTP proxy that leads CONNECT requests for known hosts to ports on loopback, and any other
/// to 502. With HTTPS_PROXY a program reaches the stand-ins under their real names, with its arguments unchanged.
/// </summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly IReadOnlyDictionary<string, int> hosts;
    private readonly Task accepting;

    public ConnectProxy(IReadOnlyDictionary<string, int> hosts)
    {
        this.hosts = hosts;
        listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        accepting = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>Hosts that were requested and do not exist here.</summary>
    public ConcurrentBag<string> Strangers { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = TunnelAsync(await listener.AcceptTcpClientAsync(stop.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task TunnelAsync(TcpClient client)
    {
        using TcpClient near = client;
        using TcpClient far = new();
        try
        {
            NetworkStream stream = near.GetStream();
            string host = (await RequestLineAsync(stream)).Split(' ')[1].Split(':')[0];
            if (!hosts.TryGetValue(host, out int port))
            {
                Strangers.Add(host);
                await stream.WriteAsync("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop.Token);
                return;
            }

            await far.ConnectAsync(IPAddress.Loopback, port, stop.Token);
            await stream.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), stop.Token);
            await Task.WhenAny(stream.CopyToAsync(far.GetStream(), stop.Token), far.GetStream().CopyToAsync(stream, stop.Token));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One of the two ends has closed.
        }
    }

    // Byte by byte, so that nothing of the tunnel is read with the head.
    private async Task<string> RequestLineAsync(NetworkStream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, stop.Token);
            head.Append((char)one[0]);
        }

        return head.ToString().Split("\r\n")[0];
    }
}
