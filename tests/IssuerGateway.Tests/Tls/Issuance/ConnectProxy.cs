using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.Tests.Tls.Issuance;

/// <summary>An HTTP proxy that opens tunnels (RFC 9110 §9.3.6) and records requests in plain text.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Task> tunnels = [];
    private readonly Task accepting;

    public ConnectProxy()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Where every tunnel leads, whatever name is requested; absent: there.</summary>
    public IPEndPoint? Destination { get; init; }

    /// <summary>Credentials that it requests, as user:password.</summary>
    public string? Credentials { get; init; }

    /// <summary>The first line of each request.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await accepting;
        await Task.WhenAll(tunnels);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                tunnels.Add(TunnelAsync(await listener.AcceptTcpClientAsync()));
            }
        }
        catch (SocketException)
        {
            // Stopped.
        }
    }

    private async Task TunnelAsync(TcpClient visitor)
    {
        try
        {
            using (visitor)
            {
                await using NetworkStream near = visitor.GetStream();
                string head = await HeadAsync(near);
                string line = head.Split("\r\n")[0];
                Requests.Enqueue(line);
                if (Credentials is { } wanted && !head.Contains($"\r\nProxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(wanted))}\r\n", StringComparison.Ordinal))
                {
                    await near.WriteAsync("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
                    return;
                }

                string[] target = line.Split(' ')[1].Split(':');
                using TcpClient server = new();
                await server.ConnectAsync(Destination?.Address.ToString() ?? target[0], Destination?.Port ?? int.Parse(target[1]));
                await using NetworkStream far = server.GetStream();
                await near.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray());
                await Task.WhenAny(near.CopyToAsync(far), far.CopyToAsync(near));
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // One end is gone.
        }
    }

    private static async Task<string> HeadAsync(NetworkStream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
