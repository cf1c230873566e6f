using System.Net;
using System.Net.Sockets;
using IssuerGateway.Transport;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Transport;

/// <summary>Which connection is closed to admit a new one, on real sockets with a clock of the test.</summary>
public sealed class ConnectionLimiterTests : IAsyncDisposable
{
    private const int Limit = 16;

    /// <summary>Without the reserve of one.</summary>
    private const int Max = 15;

    private readonly FakeTimeProvider time = new();
    private readonly TransportFixture transport;
    private readonly List<(Socket Client, SocketConnection Connection)> held = [];

    public ConnectionLimiterTests() => transport = TransportFixture.Start(Limit, time: time);

    public async ValueTask DisposeAsync()
    {
        foreach ((Socket client, SocketConnection connection) in held)
        {
            client.Dispose();
            await connection.DisposeAsync();
        }

        await transport.AssertNothingIsLeftAsync();
        await transport.DisposeAsync();
    }

    [Fact]
    public async Task Replaces_the_one_without_a_response_longest_when_one_is_idle()
    {
        await FillAsync(Max, _ => default);
        time.Advance(TimeSpan.FromSeconds(2));
        foreach ((_, SocketConnection connection) in held.Skip(1))
        {
            connection.Served();
        }

        await ConnectAsync(default);

        Assert.Equal([0], Aborted());
        Assert.Equal(RejectionReason.Replaced, Assert.Single(transport.Rejected));
    }

    [Fact]
    public async Task Counts_what_was_served_and_not_what_was_sent()
    {
        await FillAsync(Max, _ => default);
        for (int second = 0; second < 5; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            foreach ((_, SocketConnection connection) in held.Skip(3))
            {
                connection.Served();
            }

            // As PINGs and denied requests: bytes come and go, and nothing is served.
            foreach ((Socket client, SocketConnection connection) in held.Take(3))
            {
                await client.SendAsync(new byte[10]);
                connection.Transport.Input.AdvanceTo((await connection.Transport.Input.ReadAsync(TestContext.Current.CancellationToken)).Buffer.End);
            }
        }

        await ConnectAsync(default);
        await ConnectAsync(default);
        await ConnectAsync(default);

        Assert.Equal([0, 1, 2], Aborted());
    }

    [Fact]
    public async Task Replaces_one_of_the_client_that_holds_most_when_nobody_is_idle()
    {
        ClientNetwork heavy = new(1, 32);
        await FillAsync(Max, i => i < 3 ? heavy : new ClientNetwork((ulong)i + 10, 32));
        ServeAll();
        time.Advance(TimeSpan.FromMilliseconds(100));

        await ConnectAsync(new ClientNetwork(99, 32));

        Assert.InRange(Assert.Single(Aborted()), 0, 2);
    }

    [Fact]
    public async Task Replaces_none_of_a_client_with_two_while_a_crowd_of_addresses_comes_within_a_second()
    {
        ClientNetwork honest = new(1, 32);
        await FillAsync(Max, i => i is 8 or 9 ? honest : new ClientNetwork((ulong)i + 10, 32));
        foreach ((Socket client, SocketConnection connection) in held)
        {
            await SendAndReadAsync(client, connection);
            time.Advance(TimeSpan.FromMilliseconds(10));
        }

        held[8].Connection.Served();

        await ConnectAsync(new ClientNetwork(99, 32));

        Assert.Equal([0], Aborted());
    }

    [Fact]
    public async Task Replaces_one_of_a_48_that_holds_most_by_many_networks()
    {
        await FillAsync(Max, i => i < 12 ? ClientNetwork.Of(IPAddress.Parse($"2001:db8:0:{i:x}00::1")) : new ClientNetwork((ulong)i, 32));
        ServeAll();

        await ConnectAsync(new ClientNetwork(99, 32));

        Assert.InRange(Assert.Single(Aborted()), 0, 11);
    }

    [Fact]
    public async Task Makes_a_client_with_a_large_share_pay_before_others_that_are_idle()
    {
        ClientNetwork heavy = new(1, 32);
        await FillAsync(Max, i => i < 8 ? heavy : new ClientNetwork((ulong)i + 10, 32));
        time.Advance(TimeSpan.FromSeconds(30));
        foreach ((_, SocketConnection connection) in held.Take(8))
        {
            connection.Served();
        }

        await ConnectAsync(new ClientNetwork(99, 32));

        Assert.InRange(Assert.Single(Aborted()), 0, 7);
    }

    [Fact]
    public async Task Replaces_one_of_the_newcomers_own_client_when_that_holds_most()
    {
        ClientNetwork loopback = ClientNetwork.Of(IPAddress.Loopback);
        await FillAsync(Max, i => i < 3 ? loopback : new ClientNetwork((ulong)i, 32));
        ServeAll();

        await ConnectAsync(loopback);

        Assert.InRange(Assert.Single(Aborted()), 0, 2);
    }

    [Fact]
    public async Task Replaces_the_one_without_a_response_longest_when_nobody_is_known()
    {
        await FillAsync(Max, _ => default);
        foreach ((Socket client, SocketConnection connection) in held)
        {
            await SendAndReadAsync(client, connection);
            connection.Served();
            time.Advance(TimeSpan.FromMilliseconds(10));
        }

        await ConnectAsync(default);

        Assert.Equal([0], Aborted());
    }

    [Fact]
    public async Task Replaces_one_that_has_not_sent_a_byte_before_one_that_shakes_hands()
    {
        await FillAsync(Max, _ => default);
        foreach ((Socket client, SocketConnection connection) in held.Take(Max - 1))
        {
            await SendAndReadAsync(client, connection);
        }

        time.Advance(TimeSpan.FromMilliseconds(100));

        await ConnectAsync(default);

        Assert.Equal([Max - 1], Aborted());
    }

    [Fact]
    public async Task Replaces_no_newcomer_that_shakes_hands_while_a_crowd_is_served_all_the_time()
    {
        await FillAsync(Max, _ => default);
        foreach ((Socket client, SocketConnection connection) in held)
        {
            await SendAndReadAsync(client, connection);
        }

        time.Advance(TimeSpan.FromSeconds(2));
        ServeAll(except: 0);
        time.Advance(TimeSpan.FromMilliseconds(100));

        await ConnectAsync(default);

        Assert.DoesNotContain(0, Aborted());
    }

    [Fact]
    public async Task Replaces_no_client_that_is_served_while_a_crowd_of_newcomers_comes()
    {
        await FillAsync(Max, _ => default);
        foreach ((Socket client, SocketConnection connection) in held)
        {
            await SendAndReadAsync(client, connection);
        }

        held[0].Connection.Served();
        time.Advance(TimeSpan.FromMilliseconds(900));

        await ConnectAsync(default);

        Assert.DoesNotContain(0, Aborted());
        Assert.Single(Aborted());
    }

    [Fact]
    public async Task Neither_counts_nor_replaces_what_the_gateway_opens_itself()
    {
        await FillAsync(Max - 1, _ => default);
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        transport.Own.Add(client.LocalEndPoint!);
        await client.ConnectAsync(IPAddress.Loopback, transport.Port);
        held.Add((client, (await transport.AcceptAsync())!));
        Assert.True(held[^1].Connection.IsOwn);
        time.Advance(TimeSpan.FromMinutes(1));
        ServeAll(except: Max - 1);

        for (int i = 0; i < 5; i++)
        {
            await ConnectAsync(default);
        }

        Assert.False(held[Max - 1].Connection.IsAborted);
    }

    [Fact]
    public async Task Holds_no_more_than_there_may_be_while_replaced_ones_take_their_time()
    {
        await FillAsync(Max, _ => default);
        for (int i = 0; i < ConnectionLimiter.MaxLeaving; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await ConnectAsync(default);
        }

        // As many as may be closed and not gone: the next gets the reserve, and the one after that is not taken.
        Assert.Equal(Max + ConnectionLimiter.MaxLeaving, transport.Present);
        Assert.DoesNotContain(held, pair => pair.Connection.IsBrief);
        await ConnectAsync(default);
        Assert.True(held[^1].Connection.IsBrief);
        Socket rejected = await transport.DialAsync();
        Task<SocketConnection?> accepting = transport.AcceptAsync();
        Assert.Equal(0, await ReceiveAsync(rejected, new byte[1]));
        Assert.Contains(RejectionReason.Total, transport.Rejected);
        rejected.Dispose();
        await transport.UnbindAsync();
        Assert.Null(await accepting);
    }

    private async Task FillAsync(int count, Func<int, ClientNetwork> clientOf)
    {
        for (int i = 0; i < count; i++)
        {
            await ConnectAsync(clientOf(i));
        }
    }

    private async Task ConnectAsync(ClientNetwork client)
    {
        (Socket Client, SocketConnection Connection) pair = await transport.ConnectAsync();
        pair.Connection.Client = client;
        if (client.IsKnown)
        {
            Assert.True(transport.Addresses.TryEnter(client));
        }

        held.Add(pair);
    }

    private void ServeAll(int except = -1)
    {
        foreach ((_, SocketConnection connection) in held.Where((_, i) => i != except))
        {
            connection.Served();
        }
    }

    private IEnumerable<int> Aborted() => [.. held.Select((pair, i) => (pair.Connection.IsAborted, i)).Where(pair => pair.IsAborted).Select(pair => pair.i)];

    private static async Task SendAndReadAsync(Socket client, SocketConnection connection)
    {
        await client.SendAsync(new byte[10]);
        connection.Transport.Input.AdvanceTo((await connection.Transport.Input.ReadAsync()).Buffer.End);
    }

    private static async Task<int> ReceiveAsync(Socket socket, byte[] buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer).WaitAsync(TransportFixture.WaitLimit);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
