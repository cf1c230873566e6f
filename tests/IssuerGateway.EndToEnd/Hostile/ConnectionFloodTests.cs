using System.Net;
using System.Net.Sockets;

namespace IssuerGateway.EndToEnd.Hostile;

[Collection(RunsAlone.Name)]
public sealed class ConnectionFloodTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connections_beyond_the_total_from_many_addresses(bool isPlain)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain, "Edge:MaxConnections=300", "Edge:MaxConnectionsPerAddress=100");

        await attack.RunAsync($"connection flood above Edge:MaxConnections 300{Port(isPlain)}", async end =>
            $"{await Attack.PaceAsync(200, stop => HoldAsync(attack.Port, ClientSide.AnyAttacker(), stop), end)} held open from as many addresses");

        // Silent ones made room; none of the honest had to.
        Assert.True(await attack.RejectedAsync("replaced") > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connections_of_one_address_beyond_its_share(bool isPlain)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain, "Edge:MaxConnections=400", "Edge:MaxConnectionsPerAddress=50");

        await attack.RunAsync($"connection flood of one address above Edge:MaxConnectionsPerAddress 50{Port(isPlain)}", async end =>
            $"{await Attack.PaceAsync(500, stop => HoldAsync(attack.Port, ClientSide.Attacker, stop), end)} from one address");

        Assert.True(await attack.RejectedAsync("address") > 0);
        Assert.Equal(0, await attack.RejectedAsync("replaced"));
    }

    private static string Port(bool isPlain) => isPlain ? ", without TLS" : "";

    private static async Task HoldAsync(int port, IPAddress from, CancellationToken stop)
    {
        await using NetworkStream stream = await ClientSide.ConnectAsync(port, from, stop);
        await ClientSide.HoldAsync(stream, stop);
    }
}
