using System.Net;
using IssuerGateway.Transport;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Transport;

public sealed class PerAddressLimiterTests
{
    private static readonly ClientNetwork somebody = Host(1);
    private static readonly ClientNetwork somebodyElse = Host(2);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Lets_each_address_have_its_connections_and_no_more()
    {
        PerAddressLimiter limiter = Limiter(connections: 2);

        Assert.True(limiter.TryEnter(somebody));
        Assert.True(limiter.TryEnter(somebody));
        Assert.False(limiter.TryEnter(somebody));
        Assert.True(limiter.TryEnter(somebodyElse));
        limiter.Leave(somebody);
        Assert.True(limiter.TryEnter(somebody));
        Assert.False(limiter.TryEnter(somebody));
    }

    [Fact]
    public void Lets_each_address_have_a_burst_of_handshakes_and_then_its_rate()
    {
        PerAddressLimiter limiter = Limiter(perSecond: 10, burst: 3);
        limiter.TryEnter(somebody);
        limiter.TryEnter(somebodyElse);

        Assert.Equal([true, true, true, false, false], Handshakes(limiter, 5));
        Assert.True(limiter.TryHandshake(somebodyElse));
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal([true, false], Handshakes(limiter, 2));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([true, true, true, false], Handshakes(limiter, 4));
    }

    [Fact]
    public void Remembers_the_rate_of_an_address_that_comes_back()
    {
        PerAddressLimiter limiter = Limiter(perSecond: 1, burst: 1);
        limiter.TryEnter(somebody);
        limiter.TryHandshake(somebody);
        limiter.Leave(somebody);

        limiter.TryEnter(somebody);
        Assert.False(limiter.TryHandshake(somebody));
    }

    [Fact]
    public void Forgets_an_address_that_has_left_and_is_not_fast()
    {
        PerAddressLimiter limiter = Limiter();
        limiter.TryEnter(somebody);
        limiter.TryHandshake(somebody);
        time.Advance(TimeSpan.FromSeconds(1));
        limiter.Leave(somebody);

        Assert.Equal(0, limiter.Count);
    }

    [Fact]
    public void Forgets_the_fast_ones_too_once_they_have_become_idle()
    {
        PerAddressLimiter limiter = Limiter();
        for (uint address = 0; address < 1024; address++)
        {
            VisitOnce(limiter, Host(address));
        }

        Assert.Equal(1024, limiter.Count);
        time.Advance(TimeSpan.FromSeconds(1));
        VisitOnce(limiter, Host(1024));
        Assert.Equal(1, limiter.Count);
    }

    [Fact]
    public void Never_remembers_more_addresses_than_its_table_holds_nor_forgets_one_that_is_connected()
    {
        PerAddressLimiter limiter = Limiter(connections: 1);
        limiter.TryEnter(somebody);
        for (uint address = 10; address < 200_000; address++)
        {
            VisitOnce(limiter, Host(address));
            Assert.InRange(limiter.Count, 1, 65_536);
        }

        Assert.False(limiter.TryEnter(somebody));
    }

    private static void VisitOnce(PerAddressLimiter limiter, ClientNetwork address)
    {
        Assert.True(limiter.TryEnter(address));
        Assert.True(limiter.TryHandshake(address));
        limiter.Leave(address);
    }

    private static IEnumerable<bool> Handshakes(PerAddressLimiter limiter, int count) => [.. Enumerable.Range(0, count).Select(_ => limiter.TryHandshake(somebody))];

    [Fact]
    public void Lets_a_56_have_twice_and_a_48_four_times_as_many_as_a_64()
    {
        PerAddressLimiter limiter = Limiter(connections: 2);

        // One /56 has 256 networks of 64 bits, and one /48 has 65,536.
        Assert.Equal(4, Enumerable.Range(0, 256).Count(i => limiter.TryEnter(Network($"2001:db8:0:{i:x}::1"))));
        Assert.Equal(8 - 4, Enumerable.Range(256, 2048).Count(i => limiter.TryEnter(Network($"2001:db8:0:{i:x}::1"))));
        Assert.True(limiter.TryEnter(Network("2001:db8:1::1")));
    }

    [Fact]
    public void Gives_every_level_back()
    {
        PerAddressLimiter limiter = Limiter(connections: 2);
        for (int i = 0; i < 1000; i++)
        {
            ClientNetwork client = Network($"2001:db8:0:{i:x}::1");
            Assert.True(limiter.TryEnter(client));
            limiter.Leave(client);
        }

        Assert.Equal(0, limiter.Count);
        Assert.Equal(0, limiter.WeightOf(Network("2001:db8::1")));
    }

    [Fact]
    public void Holds_the_handshakes_of_a_48_to_four_times_those_of_a_64()
    {
        PerAddressLimiter limiter = Limiter(connections: 1000, perSecond: 1, burst: 2);

        int allowed = Enumerable.Range(0, 4096).Count(i =>
        {
            ClientNetwork client = Network($"2001:db8:0:{i:x}::1");
            return limiter.TryEnter(client) && limiter.TryHandshake(client);
        });

        Assert.InRange(allowed, 5, 8);
    }

    [Fact]
    public void Weighs_a_client_by_what_it_holds_or_by_its_share_of_the_networks_above()
    {
        PerAddressLimiter limiter = Limiter(connections: 1000);
        for (int i = 0; i < 40; i++)
        {
            limiter.TryEnter(Network($"2001:db8:0:{i:x}::1"));
        }

        limiter.TryEnter(somebody);

        Assert.Equal(20, limiter.WeightOf(Network("2001:db8:0:5::1")));
        Assert.Equal(1, limiter.WeightOf(somebody));
        Assert.Equal(0, limiter.WeightOf(somebodyElse));
        Assert.Equal(0, limiter.WeightOf(default));
    }

    private static ClientNetwork Host(uint number) => new(number, 32);

    private static ClientNetwork Network(string address) => ClientNetwork.Of(IPAddress.Parse(address));

    private PerAddressLimiter Limiter(int connections = 256, int perSecond = 50, int burst = 500) => new(
        new ConnectionLimits { MaxConnections = 10_000, MaxConnectionsPerAddress = connections, HandshakesPerSecond = perSecond, HandshakeBurst = burst }, time);
}
