using System.Net;
using IssuerGateway.Transport;

namespace IssuerGateway.Tests.Transport;

public sealed class ClientNetworkTests
{
    [Theory]
    [InlineData("203.0.113.1", "203.0.113.1", true)]
    [InlineData("203.0.113.1", "::ffff:203.0.113.1", true)]
    [InlineData("203.0.113.1", "203.0.113.2", false)]
    [InlineData("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("0.0.0.1", "::1", false)]
    [InlineData("203.0.113.1", "64:ff9b::203.0.113.1", true)]
    [InlineData("64:ff9b::203.0.113.1", "64:ff9b::203.0.113.2", false)]
    [InlineData("64:ff9b:1::203.0.113.1", "64:ff9b:1::203.0.113.2", false)]
    [InlineData("64:ff9b:1:2:3:4:203.0.113.1", "203.0.113.1", true)]
    [InlineData("64:ff9b:2::203.0.113.1", "64:ff9b:2::203.0.113.2", true)]
    public void Is_one_IPv4_address_or_one_IPv6_network_of_64_bits(string one, string other, bool areOne) =>
        Assert.Equal(areOne, ClientNetwork.Of(IPAddress.Parse(one)) == ClientNetwork.Of(IPAddress.Parse(other)));

    [Fact]
    public void Is_not_known_by_default() => Assert.False(default(ClientNetwork).IsKnown);
}
