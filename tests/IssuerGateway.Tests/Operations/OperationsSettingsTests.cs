using System.Net;
using IssuerGateway.Configuration;
using IssuerGateway.Operations;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Tests.Operations;

public sealed class OperationsSettingsTests
{
    [Fact]
    public void Nobody_but_this_machine_is_let_in_unless_the_operator_says_so()
    {
        OperationsSettings settings = OperationsSettings.Read(new SettingsReader(new ConfigurationBuilder().Build()));

        Assert.Equal((IPAddress.Loopback, 9090, "/run/issuer-gateway/commands.sock"), (settings.Address, settings.Port, settings.CommandSocket));
        Assert.Empty(settings.AllowedHosts);
    }

    [Fact]
    public void A_star_is_every_address_of_both_families() => Assert.Equal(
        IPAddress.IPv6Any, OperationsSettings.Read(new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection([new("Address", "*")]).Build())).Address);

    [Theory]
    [InlineData("http://gateway.example.com")]
    [InlineData("gateway.example.com:9090")]
    [InlineData("*.example.com")]
    [InlineData("*")]
    [InlineData("gateway.example.com/")]
    public void A_host_that_no_request_can_name_is_an_error(string host)
    {
        SettingsReader reader = new(new ConfigurationBuilder().AddInMemoryCollection([new("AllowedHosts:0", "gateway.example.com"), new("AllowedHosts:1", host)]).Build());
        OperationsSettings.Read(reader);

        Assert.Equal($"AllowedHosts:1: found \"{host}\", expected a host name without scheme, port and wildcard\nhint: write each name as it stands in the address bar, such as gateway.example.com", Assert.Single(reader.Errors()).ToString());
    }

    [Theory]
    [InlineData("commands.sock")]
    [InlineData("/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789/commands")]
    public void A_socket_that_cannot_be_opened_is_an_error(string path)
    {
        SettingsReader reader = new(new ConfigurationBuilder().AddInMemoryCollection([new("CommandSocket", path)]).Build());
        OperationsSettings.Read(reader);

        Assert.Equal($"CommandSocket: found \"{path}\", expected an absolute path of at most 107 bytes\nhint: remove CommandSocket for the default", Assert.Single(reader.Errors()).ToString());
    }
}
