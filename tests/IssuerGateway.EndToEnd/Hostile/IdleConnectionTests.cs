using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

public sealed class IdleConnectionTests
{
    /// <summary>In ISSUER_GATEWAY_IDLE_CONNECTIONS, on a slow machine fewer.</summary>
    private static readonly int wanted = int.Parse(Environment.GetEnvironmentVariable("ISSUER_GATEWAY_IDLE_CONNECTIONS") ?? "5000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Idle_connections_that_were_served_once_are_held_while_others_are_served()
    {
        // The hard limit counts: .NET raises the soft one to it. This process holds the other ends. One place of 16 is in
        // reserve: whoever takes it replaces another.
        int descriptors = DescriptorLimit();
        int count = Math.Min(wanted, (descriptors - 64) / 16 * 15 - 448);
        string note = count < wanted ? $" (not {wanted}: the descriptor limit is {descriptors})" : "";
        await using Attack attack = await Attack.PrepareAsync($"Edge:MaxConnections={Math.Max(16, Math.Min((count + 300) / 15 * 16 + 16, descriptors - 64))}", "Log:Level=Warning");
        byte[] query = Encoding.ASCII.GetBytes($"GET /openid/v1/jwks HTTP/1.1\r\nHost: localhost:{attack.Port}\r\n\r\n");
        List<SslStream> idle = [];
        try
        {
            await attack.RunAsync($"{count} idle TLS connections{note}", async _ =>
            {
                using CancellationTokenSource waitLimit = new(Attack.WaitLimit);
                await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = waitLimit.Token }, async (i, stop) =>
                {
                    IPAddress from = ClientSide.AnyAttacker();
                    SslStream tls = await ClientSide.TlsAsync(attack.Port, from, stop);
                    lock (idle)
                    {
                        idle.Add(tls);
                    }

                    await tls.WriteAsync(query, stop);
                    Assert.NotEqual(0, await tls.ReadAtLeastAsync(new byte[64], 64, throwOnEndOfStream: false, stop));
                });
                int held = await attack.ConnectionsAsync();
                long memory = attack.Memory();
                await Task.Delay(Attack.Length, CancellationToken.None);
                foreach (SslStream stream in idle)
                {
                    await stream.DisposeAsync();
                }

                return $"{held} held at once by {memory} MB";
            }, memoryMargin: 200);
        }
        finally
        {
            idle.ForEach(stream => stream.Dispose());
        }

        Assert.Equal(0, await attack.RejectedAsync("total"));
        Assert.Equal(0, await attack.RejectedAsync("replaced"));
    }

    private static int DescriptorLimit()
    {
        string line = File.ReadLines("/proc/self/limits").Single(each => each.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : int.MaxValue;
    }
}
