using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.Configuration;
using IssuerGateway.Operations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace IssuerGateway.Tests.Operations;

/// <summary>Probes get in whatever a neighbor does with its connections.</summary>
public sealed class OperationsProbeTests : IAsyncLifetime
{
    private const int Connections = 100;

    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(1);
    private static readonly byte[] probe = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray();

    private readonly CancellationTokenSource over = new();
    private readonly OperationsServer server = new(
        OperationsSettings.Read(new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection([new("Port", "0")]).Build())),
        Metrics.NewCustomRegistry(), new Healthy(), [], NullLoggerFactory.Instance);

    public async ValueTask InitializeAsync() => await server.StartingAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        await server.StoppedAsync(CancellationToken.None);
        server.Dispose();
        over.Dispose();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.3.1")]
    public async Task Responds_to_probes_while_neighbours_hold_every_connection_and_send_nothing(string from)
    {
        List<Socket> silent = [];
        for (int i = 0; i < Connections; i++)
        {
            silent.Add(await ConnectAsync(from));
        }

        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        for (int i = 0; i < 10; i++)
        {
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", await ProbeAsync(), StringComparison.Ordinal);
        }

        silent.ForEach(socket => socket.Dispose());
    }

    // Kestrel responds to these by itself; RFC 9110 §15.5.15 lets a cache keep a 414.
    [Theory]
    [InlineData("400 Bad Request", "GET / HTTP/1.1\r\n\r\n")]
    [InlineData("414 URI Too Long", "GET /LONG HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("431 Request Header Fields Too Large", "GET / HTTP/1.1\r\nHost: a\r\nX: LONG\r\n\r\n")]
    [InlineData("505 HTTP Version Not Supported", "GET / HTTP/3.7\r\nHost: a\r\n\r\n")]
    public async Task What_is_rejected_before_it_is_read_is_kept_by_no_cache(string status, string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, server.Port, over.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request.Replace("LONG", new string('x', 40_000), StringComparison.Ordinal)), over.Token);
        byte[] buffer = new byte[4096];
        string response = Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer, over.Token));

        Assert.StartsWith($"HTTP/1.1 {status}\r\n", response, StringComparison.Ordinal);
        Assert.Contains("\r\nCache-Control: no-store\r\n", response, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Content-Type-Options: nosniff\r\n", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Responds_to_probes_while_neighbours_keep_every_connection_busy()
    {
        Task busy = Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(() => KeepBusyAsync("127.0.3.1"))));
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);

        for (int i = 0; i < 20; i++)
        {
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", await ProbeAsync(), StringComparison.Ordinal);
        }

        await over.CancelAsync();
        await busy;
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /livez HTTP/1.1\r\nHo")]
    public async Task Closes_a_connection_that_is_idle_for_5_seconds(string first)
    {
        using Socket socket = await ConnectAsync("127.0.0.1");
        await socket.SendAsync(Encoding.ASCII.GetBytes(first));
        long since = Stopwatch.GetTimestamp();

        await ReadToEndAsync(socket);

        // Kestrel looks once a second, and a busy machine later; 135 s before.
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 4, 40);
    }

    private async Task KeepBusyAsync(string from)
    {
        byte[] buffer = new byte[4096];
        while (!over.IsCancellationRequested)
        {
            try
            {
                using Socket socket = await ConnectAsync(from);
                do
                {
                    await socket.SendAsync("GET /other HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), over.Token);
                    await Task.Delay(300, over.Token);
                }
                while (await socket.ReceiveAsync(buffer, over.Token) > 0);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Closed for another.
            }
        }
    }

    private async Task<string> ProbeAsync()
    {
        using Socket socket = await ConnectAsync("127.0.0.1");
        await socket.SendAsync(probe);
        return await ReadToEndAsync(socket);
    }

    private async Task<Socket> ConnectAsync(string from)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        StringBuilder text = new();
        byte[] buffer = new byte[4096];
        using CancellationTokenSource limit = new(waitLimit);
        try
        {
            for (int count; (count = await socket.ReceiveAsync(buffer, limit.Token)) > 0;)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }

        return text.ToString();
    }

    private sealed class Healthy : HealthCheckService
    {
        public override Task<HealthReport> CheckHealthAsync(Func<HealthCheckRegistration, bool>? predicate, CancellationToken cancellationToken = default) =>
            Task.FromResult(new HealthReport(new Dictionary<string, HealthReportEntry>(), TimeSpan.Zero));
    }
}
