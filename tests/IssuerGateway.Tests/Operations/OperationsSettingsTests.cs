using System.Net;
using IssuerGateway.Configuration;
using IssuerGateway.Operations;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Tests.Operations;

public sealed class OperationsSettingsTests
{
    [Fact]
    public void Nobody_but_this_machine_is_let_in_unless_the_operator_says_so() =>
        Assert.Equal(new OperationsSettings { Address = IPAddress.Loopback, Port = 9090 }, OperationsSettings.Read(new SettingsReader(new ConfigurationBuilder().Build())));
}
