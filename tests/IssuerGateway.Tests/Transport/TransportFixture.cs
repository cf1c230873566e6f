using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Tests.Transport;

/// <summary>The transport alone on loopback, without Kestrel: whoever accepts decides what happens to a connection.</summary>
internal sealed class TransportFixture : IAsyncDisposable
{
    public static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(1);

    private readonly IConnectionListener listener;
    private int present;

    private TransportFixture(int maxConnections, int perAddress, TimeProvider time)
    {
        ConnectionLimits limits = new() { MaxConnections = maxConnections, MaxConnectionsPerAddress = perAddress };
        Addresses = new PerAddressLimiter(limits, time);
        Limiter = new ConnectionLimiter(limits, Addresses, time, (reason, _) => Rejected.Enqueue(reason), count => present = count);
        SocketTransport transport = new(Pool, Limiter, time, Own, port => Port = port.Port) { PeerIsClient = true };
        listener = transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0)).AsTask().GetAwaiter().GetResult();
    }

    public PoisoningMemoryPool Pool { get; } = new();

    public PerAddressLimiter Addresses { get; }

    public ConnectionLimiter Limiter { get; }

    public OwnConnections Own { get; } = new();

    public ConcurrentQueue<RejectionReason> Rejected { get; } = new();

    public int Port { get; private set; }

    public int Present => Volatile.Read(ref present);

    public static TransportFixture Start(int maxConnections = 1000, int perAddress = 1000, TimeProvider? time = null) => new(maxConnections, perAddress, time ?? TimeProvider.System);

    public async Task<SocketConnection?> AcceptAsync() => (SocketConnection?)await listener.AcceptAsync().AsTask().WaitAsync(WaitLimit);

    /// <summary>A client and this side of its connection.</summary>
    public async Task<(Socket Client, SocketConnection Connection)> ConnectAsync(IPAddress? from = null)
    {
        Socket client = await DialAsync(from);
        return (client, (await AcceptAsync())!);
    }

    public async Task<Socket> DialAsync(IPAddress? from = null)
    {
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
        await client.ConnectAsync(IPAddress.Loopback, Port);
        return client;
    }

    public ValueTask UnbindAsync() => listener.UnbindAsync();

    /// <summary>Sends back what comes until the client has closed its side.</summary>
    public static async Task EchoAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
            {
                await connection.Transport.Output.WriteAsync(segment);
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Every block is back, once, and nobody has touched one since; every place is free.</summary>
    public async Task AssertNothingIsLeftAsync()
    {
        using CancellationTokenSource limit = new(WaitLimit);
        while (Pool.Outstanding != 0 || Present != 0)
        {
            await Task.Delay(10, limit.Token);
        }

        Assert.Equal((0, 0, 0, 0), (Pool.Outstanding, Pool.ReturnedTwice, Pool.WrittenAfterwards, Present));
    }

    public ValueTask DisposeAsync() => listener.DisposeAsync();
}
