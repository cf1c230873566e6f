using System.Diagnostics;
using System.Net.Sockets;
using IssuerGateway.Demo;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>A real Redis with a password, on loopback, that keeps nothing on disk.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    public const string Password = "redis-password-of-the-tests";

    private readonly Process process;

    private RedisServer(Process process, int port)
    {
        this.process = process;
        Port = port;
    }

    public int Port { get; }

    public static async Task<RedisServer> StartAsync()
    {
        int port = FreePorts.Take(1)[0];
        ProcessStartInfo start = new("redis-server", ["--bind", "127.0.0.1", "--port", $"{port}", "--requirepass", Password, "--save", "", "--appendonly", "no"]) { RedirectStandardOutput = true };
        RedisServer server = new(Process.Start(start)!, port);
        server.process.BeginOutputReadLine();
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync("127.0.0.1", port, limit.Token);
                return server;
            }
            catch (SocketException)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
