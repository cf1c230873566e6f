using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Tests.Transport;

/// <summary>What the transport owes whoever builds on it: memory, places, the accept loop, the end of each direction.</summary>
public sealed class SocketTransportTests
{
    private static readonly byte[] payload = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31))];

    [Fact]
    public async Task Gives_each_block_back_once_and_uses_none_afterwards_whatever_ends_a_connection()
    {
        await using TransportFixture transport = TransportFixture.Start();
        for (int round = 0; round < 40; round++)
        {
            (Socket client, SocketConnection connection) = await transport.ConnectAsync();
            Task echo = EchoAndDisposeAsync(connection);
            Task<int> sending = SendSomeAsync(client, payload.Length / 4);
            switch (round % 4)
            {
                case 0: // The client closes its side.
                    await sending;
                    client.Shutdown(SocketShutdown.Send);
                    await DrainAsync(client);
                    break;
                case 1: // The client resets in the middle.
                    client.LingerState = new LingerOption(true, 0);
                    client.Dispose();
                    break;
                case 2: // This side aborts in the middle.
                    connection.Abort(new ConnectionAbortedException());
                    break;
                default: // Both sides at once, and this side disposes twice.
                    await Task.WhenAll(Task.Run(client.Dispose), Task.Run(() => connection.Abort(new ConnectionAbortedException())));
                    await echo.WaitAsync(TransportFixture.WaitLimit, TestContext.Current.CancellationToken);
                    await connection.DisposeAsync();
                    break;
            }

            client.Dispose();
            await echo.WaitAsync(TransportFixture.WaitLimit, TestContext.Current.CancellationToken);
        }

        await transport.AssertNothingIsLeftAsync();
        Assert.True(transport.Pool.Rented > 40, $"{transport.Pool.Rented} blocks");
    }

    [Fact]
    public async Task Carries_bytes_through_as_they_are()
    {
        await using TransportFixture transport = TransportFixture.Start();
        (Socket client, SocketConnection connection) = await transport.ConnectAsync();
        Task echo = EchoAndDisposeAsync(connection);
        Task<byte[]> received = DrainAsync(client);

        await client.SendAsync(payload);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(payload, await received);
        await echo;
        client.Dispose();
        await transport.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Sends_to_a_client_that_has_closed_its_own_side()
    {
        await using TransportFixture transport = TransportFixture.Start();
        (Socket client, SocketConnection connection) = await transport.ConnectAsync();
        client.Shutdown(SocketShutdown.Send);
        Assert.True((await connection.Transport.Input.ReadAsync(TestContext.Current.CancellationToken)).IsCompleted);
        await UntilAsync(() => connection.ConnectionClosed.IsCancellationRequested);

        await connection.Transport.Output.WriteAsync(payload.AsMemory(0, 1000), TestContext.Current.CancellationToken);
        await connection.DisposeAsync();

        Assert.Equal(payload[..1000], await DrainAsync(client));
        client.Dispose();
        await transport.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Takes_a_write_to_a_client_that_is_gone_and_says_so_to_whoever_reads()
    {
        await using TransportFixture transport = TransportFixture.Start();
        (Socket client, SocketConnection connection) = await transport.ConnectAsync();
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        await UntilAsync(async () =>
        {
            await connection.Transport.Output.WriteAsync(payload.AsMemory(0, 1000));
            return true;
        });

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (!(await connection.Transport.Input.ReadAsync()).IsCompleted)
            {
            }

            throw new IOException("completed");
        });
        await UntilAsync(() => connection.ConnectionClosed.IsCancellationRequested);
        await connection.DisposeAsync();
        await transport.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Gives_a_place_back_once_however_often_a_connection_is_ended()
    {
        await using TransportFixture transport = TransportFixture.Start();
        (Socket client, SocketConnection connection) = await transport.ConnectAsync();
        (Socket other, SocketConnection stays) = await transport.ConnectAsync();
        Assert.Equal(2, transport.Present);

        connection.Abort(new ConnectionAbortedException());
        await connection.DisposeAsync();
        await connection.DisposeAsync();
        connection.Abort(new ConnectionAbortedException());
        transport.Limiter.Release(connection);

        Assert.Equal(1, transport.Present);
        await stays.DisposeAsync();
        Assert.Equal(0, transport.Present);
        client.Dispose();
        other.Dispose();
    }

    [Fact]
    public async Task Goes_on_accepting_after_clients_that_reset_before_they_were_accepted()
    {
        await using TransportFixture transport = TransportFixture.Start();
        for (int i = 0; i < 50; i++)
        {
            Socket gone = await transport.DialAsync();
            gone.LingerState = new LingerOption(true, 0);
            gone.Dispose();
        }

        Socket client = await transport.DialAsync();
        await client.SendAsync(payload.AsMemory(0, 10));

        // Those that were reset come as connections that have ended, or not at all.
        for (int i = 0; i <= 50; i++)
        {
            SocketConnection connection = (await transport.AcceptAsync())!;
            bool isOurs = connection.RemoteEndPoint!.Equals(client.LocalEndPoint);
            await connection.DisposeAsync();
            if (isOurs)
            {
                client.Dispose();
                await transport.AssertNothingIsLeftAsync();
                return;
            }
        }

        Assert.Fail("not accepted");
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(SocketException))]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(ObjectDisposedException))]
    [InlineData(typeof(OperationCanceledException))]
    public async Task Goes_on_accepting_whatever_one_connection_throws_and_closes_its_socket(Type exception)
    {
        int opened = 0;
        ConnectionLimits limits = new() { MaxConnections = 10, MaxConnectionsPerAddress = 10 };
        ConnectionLimiter limiter = new(limits, new PerAddressLimiter(limits, TimeProvider.System), TimeProvider.System, (_, _) => { }, _ => { });
        await using SocketListener listener = SocketListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), socket => opened++ == 0
            ? throw (exception == typeof(ObjectDisposedException) ? new ObjectDisposedException("socket") : (Exception)Activator.CreateInstance(exception)!)
            : new SocketConnection(socket, new PoisoningMemoryPool(), limiter, TimeProvider.System));
        using Socket first = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(listener.EndPoint);
        using Socket second = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await second.ConnectAsync(listener.EndPoint);

        ConnectionContext? accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TransportFixture.WaitLimit, TestContext.Current.CancellationToken);

        Assert.Equal(second.LocalEndPoint, accepted!.RemoteEndPoint);
        Assert.Empty(await DrainAsync(first));
        await accepted.DisposeAsync();
    }

    [Fact]
    public async Task Ends_accepting_when_it_is_unbound()
    {
        await using TransportFixture transport = TransportFixture.Start();
        Task<SocketConnection?> accepting = transport.AcceptAsync();

        await transport.UnbindAsync();

        Assert.Null(await accepting);
    }

    [Theory]
    [InlineData("Read")]
    [InlineData("ReadSpan")]
    [InlineData("ReadByte")]
    [InlineData("BeginRead")]
    [InlineData("Write")]
    [InlineData("WriteSpan")]
    [InlineData("WriteByte")]
    [InlineData("BeginWrite")]
    public async Task Has_no_way_to_read_or_write_that_holds_a_thread(string way)
    {
        await using TransportFixture transport = TransportFixture.Start();
        (Socket client, SocketConnection connection) = await transport.ConnectAsync();
        Stream stream = SocketConnection.StreamOf(connection);
        byte[] buffer = new byte[16];

        Assert.Throws<NotSupportedException>(() =>
        {
            switch (way)
            {
                case "Read": _ = stream.Read(buffer, 0, 16); break;
                case "ReadSpan": _ = stream.Read(buffer.AsSpan()); break;
                case "ReadByte": stream.ReadByte(); break;
                case "BeginRead": stream.BeginRead(buffer, 0, 16, null, null); break;
                case "Write": stream.Write(buffer, 0, 16); break;
                case "WriteSpan": stream.Write(buffer.AsSpan()); break;
                case "WriteByte": stream.WriteByte(0); break;
                default: stream.BeginWrite(buffer, 0, 16, null, null); break;
            }
        });
        await connection.DisposeAsync();
        client.Dispose();
    }

    /// <summary>What a new version of .NET adds to NetworkStream would bypass the turn.</summary>
    [Fact]
    public void Overrides_every_way_to_read_or_write_that_a_network_stream_has()
    {
        const BindingFlags declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        static bool Moves(MethodInfo method) => method is { IsVirtual: true } && (method.Name.StartsWith("Read", StringComparison.Ordinal) || method.Name.StartsWith("Write", StringComparison.Ordinal)
            || method.Name.StartsWith("Begin", StringComparison.Ordinal) || method.Name.StartsWith("CopyTo", StringComparison.Ordinal));
        string[] own = [.. typeof(SocketStream).GetMethods(declared).Where(Moves).Select(method => method.ToString()!)];

        Assert.NotEmpty(own);
        Assert.Empty(typeof(NetworkStream).GetMethods(declared).Where(Moves).Select(method => method.ToString()!).Except(own));
    }

    [Fact]
    public async Task Keeps_to_a_turn_in_every_way_to_read()
    {
        await using TransportFixture transport = TransportFixture.Start();
        (Socket client, SocketConnection connection) = await transport.ConnectAsync();
        await client.SendAsync(payload.AsMemory(0, 12_000));
        Stream stream = SocketConnection.StreamOf(connection);
        byte[] buffer = new byte[16 * 1024];

        Assert.InRange(await stream.ReadAsync(buffer.AsMemory(), TestContext.Current.CancellationToken), 1, 4096);
#pragma warning disable CA1835 // The overload is the subject.
        Assert.InRange(await stream.ReadAsync(buffer, 0, buffer.Length, TestContext.Current.CancellationToken), 1, 4096);
#pragma warning restore CA1835
        await connection.DisposeAsync();
        client.Dispose();
    }

    [Fact]
    public async Task Gives_what_was_looked_at_and_not_consumed_to_whoever_reads_the_stream()
    {
        await using TransportFixture transport = TransportFixture.Start();
        (Socket client, SocketConnection connection) = await transport.ConnectAsync();
        await client.SendAsync(payload.AsMemory(0, 100));
        ReadResult read = await connection.Transport.Input.ReadAsync(TestContext.Current.CancellationToken);
        connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(10), read.Buffer.GetPosition(10));
        Stream stream = SocketConnection.StreamOf(connection);

        byte[] rest = new byte[90];
        await stream.ReadExactlyAsync(rest, TestContext.Current.CancellationToken);

        Assert.Equal(payload[10..100], rest);
        await connection.DisposeAsync();
        client.Dispose();
        await transport.AssertNothingIsLeftAsync();
    }

    private static async Task EchoAndDisposeAsync(SocketConnection connection)
    {
        try
        {
            await TransportFixture.EchoAsync(connection);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or ConnectionAbortedException)
        {
            // Ended.
        }
        finally
        {
            await connection.DisposeAsync();
        }
    }

    private static async Task<int> SendSomeAsync(Socket client, int count)
    {
        try
        {
            return await client.SendAsync(payload.AsMemory(0, count));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }

    private static async Task<byte[]> DrainAsync(Socket client)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[16 * 1024];
        using CancellationTokenSource limit = new(TransportFixture.WaitLimit);
        try
        {
            for (int count; (count = await client.ReceiveAsync(buffer, limit.Token)) > 0;)
            {
                all.Write(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }

        return all.ToArray();
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource limit = new(TransportFixture.WaitLimit);
        while (!await condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }
}
