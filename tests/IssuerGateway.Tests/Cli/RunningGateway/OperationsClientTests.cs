using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Configuration;
using IssuerGateway.Operations;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Tests.Cli.RunningGateway;

public sealed class OperationsClientTests
{
    [Theory]
    [InlineData("*", "http://127.0.0.1:9090/status")]
    [InlineData("::", "http://127.0.0.1:9090/status")]
    [InlineData("0.0.0.0", "http://127.0.0.1:9090/status")]
    [InlineData("127.0.0.1", "http://127.0.0.1:9090/status")]
    [InlineData("::1", "http://[::1]:9090/status")]
    [InlineData("2001:db8::1", "http://[2001:db8::1]:9090/status")]
    public void Reaches_a_listener_on_every_address_by_the_loopback_that_is_always_there(string address, string url) => Assert.Equal(
        new Uri(url), OperationsClient.AddressOf(OperationsSettings.Read(new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection([new("Address", address)]).Build())), "/status"));
}
