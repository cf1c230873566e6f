using System.Net;
using IssuerGateway.Edge;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Edge;

public sealed class AddressLedgerTests
{
    private const ulong Somebody = 1;
    private const ulong SomebodyElse = 2;

    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData("203.0.113.1", "203.0.113.1", true)]
    [InlineData("203.0.113.1", "::ffff:203.0.113.1", true)]
    [InlineData("203.0.113.1", "203.0.113.2", false)]
    [InlineData("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("0.0.0.1", "::1", false)]
    public void Counts_one_IPv4_address_and_one_IPv6_network_of_64_bits_as_one_client(string one, string other, bool areOne) =>
        Assert.Equal(areOne, AddressLedger.KeyOf(IPAddress.Parse(one)) == AddressLedger.KeyOf(IPAddress.Parse(other)));

    [Fact]
    public void Lets_each_address_have_its_connections_and_no_more()
    {
        AddressLedger ledger = Ledger("Edge:MaxConnectionsPerAddress=2");

        Assert.True(ledger.TryEnter(Somebody));
        Assert.True(ledger.TryEnter(Somebody));
        Assert.False(ledger.TryEnter(Somebody));
        Assert.True(ledger.TryEnter(SomebodyElse));
        ledger.Leave(Somebody);
        Assert.True(ledger.TryEnter(Somebody));
        Assert.False(ledger.TryEnter(Somebody));
    }

    [Fact]
    public void Lets_each_address_have_a_burst_of_handshakes_and_then_its_rate()
    {
        AddressLedger ledger = Ledger("Edge:HandshakesPerAddress:PerSecond=10", "Edge:HandshakesPerAddress:Burst=3");
        ledger.TryEnter(Somebody);
        ledger.TryEnter(SomebodyElse);

        Assert.Equal([true, true, true, false, false], Handshakes(ledger, 5));
        Assert.True(ledger.TryHandshake(SomebodyElse));
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal([true, false], Handshakes(ledger, 2));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([true, true, true, false], Handshakes(ledger, 4));
    }

    [Fact]
    public void Remembers_the_rate_of_an_address_that_comes_back()
    {
        AddressLedger ledger = Ledger("Edge:HandshakesPerAddress:PerSecond=1", "Edge:HandshakesPerAddress:Burst=1");
        ledger.TryEnter(Somebody);
        ledger.TryHandshake(Somebody);
        ledger.Leave(Somebody);

        ledger.TryEnter(Somebody);
        Assert.False(ledger.TryHandshake(Somebody));
    }

    [Fact]
    public void Forgets_an_address_that_has_left_and_is_not_fast()
    {
        AddressLedger ledger = Ledger();
        ledger.TryEnter(Somebody);
        ledger.TryHandshake(Somebody);
        time.Advance(TimeSpan.FromSeconds(1));
        ledger.Leave(Somebody);

        Assert.Equal(0, ledger.Count);
    }

    [Fact]
    public void Forgets_the_fast_ones_too_once_they_have_become_idle()
    {
        AddressLedger ledger = Ledger();
        for (ulong address = 0; address < 1024; address++)
        {
            VisitOnce(ledger, address);
        }

        Assert.Equal(1024, ledger.Count);
        time.Advance(TimeSpan.FromSeconds(1));
        VisitOnce(ledger, 1024);
        Assert.Equal(1, ledger.Count);
    }

    [Fact]
    public void Never_remembers_more_addresses_than_its_table_holds_nor_forgets_one_that_is_connected()
    {
        AddressLedger ledger = Ledger("Edge:MaxConnectionsPerAddress=1");
        ledger.TryEnter(Somebody);
        for (ulong address = 10; address < 200_000; address++)
        {
            VisitOnce(ledger, address);
            Assert.InRange(ledger.Count, 1, 65_536);
        }

        Assert.False(ledger.TryEnter(Somebody));
    }

    private static void VisitOnce(AddressLedger ledger, ulong address)
    {
        Assert.True(ledger.TryEnter(address));
        Assert.True(ledger.TryHandshake(address));
        ledger.Leave(address);
    }

    private static IEnumerable<bool> Handshakes(AddressLedger ledger, int count) => [.. Enumerable.Range(0, count).Select(_ => ledger.TryHandshake(Somebody))];

    private AddressLedger Ledger(params IEnumerable<string> settings) => new(EdgeBuild.Limits(settings), time);
}
