using System.Net;
using System.Net.Sockets;
using IssuerGateway.Cli;

namespace IssuerGateway.Tests.Cli;

public sealed class StartFailureTests
{
    [Fact]
    public void Names_every_listener_that_cannot_be_opened_with_its_key_and_the_fix()
    {
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen(1);
        int used = ((IPEndPoint)other.LocalEndPoint!).Port;

        Assert.Equal(
            [
                ($"Edge:HttpsPort: port {used} is in use by another process", $"find it with \"ss -ltnp sport = :{used}\" and stop it, or set Edge:HttpsPort to a free port"),
                ("Operations:Address: 203.0.113.9 is not an address of this machine", "set Operations:Address to an address that \"ip address\" lists, or to * for every address"),
            ],
            StartFailure.ListenerFaults(
            [
                new("Edge:Address", "Edge:HttpsPort", new IPEndPoint(IPAddress.Loopback, used), "*"),
                new("Edge:Address", "Edge:HttpPort", new IPEndPoint(IPAddress.Loopback, 0), "*"),
                new("Operations:Address", "Operations:Port", IPEndPoint.Parse("203.0.113.9:9090"), "*"),
            ]));
    }

    [Fact]
    public void Says_which_two_settings_name_one_port()
    {
        int free;
        using (Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            free = ((IPEndPoint)taken.LocalEndPoint!).Port;
        }

        Assert.Equal(
            [($"Operations:Port: port {free} is also Edge:HttpsPort", "give Operations:Port and Edge:HttpsPort different ports")],
            StartFailure.ListenerFaults(
            [
                new("Edge:Address", "Edge:HttpsPort", new IPEndPoint(IPAddress.Loopback, free), "*"),
                new("Operations:Address", "Operations:Port", new IPEndPoint(IPAddress.Loopback, free), "*"),
            ]));
    }
}
