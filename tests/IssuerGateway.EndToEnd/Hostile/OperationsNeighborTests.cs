using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>A neighbor that may reach the private listener, though it should not: the public ports do not notice.</summary>
public sealed class OperationsNeighborTests
{
    [Fact]
    public async Task Slow_and_flooding_neighbours_of_the_operations_listener()
    {
        await using Attack attack = await Attack.PrepareAsync();
        byte[] half = Encoding.ASCII.GetBytes("GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        byte[] many = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 20)));

        await attack.RunAsync("operations listener: half requests, pipelines that are not read", async end =>
        {
            Task<int> slow = Attack.PaceAsync(100, async stop =>
            {
                await using NetworkStream stream = await ClientSide.SendAsync(attack.OperationsPort, half, stop);
                await ClientSide.HoldAsync(stream, stop);
            }, end);
            int count = await Attack.PaceAsync(20, async stop =>
            {
                await using NetworkStream stream = await ClientSide.SendAsync(attack.OperationsPort, many, stop, receiveBuffer: 4 * 1024);
                while (true)
                {
                    await stream.WriteAsync(many, stop);
                }
            }, end);
            return $"{count + await slow} connections";
        });
    }
}
