using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>systemd's watchdog (sd_watchdog_enabled(3)), with a socket of the test in systemd's place.</summary>
public sealed class WatchdogTests
{
    [Fact]
    public async Task Is_fed_while_the_public_port_responds_and_not_by_a_process_that_stands_still()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string path = site.PathOf("notify");
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        await using GatewayRun gateway = await site.ServeInAsync(["sh", "-c", "exec env SYSTEMD_EXEC_PID=$$ \"$@\"", "sh"],
            [("NOTIFY_SOCKET", path), ("WATCHDOG_USEC", "3000000")], "Refresh:Interval=1h");

        // Three times within the 3 s; a busy machine has its time.
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await ReceivesAsync(systemd, "WATCHDOG=1", GatewayRun.Patience), $"{gateway.Output}\n{gateway.Error}");
        }

        await gateway.SignalAsync("STOP");
        while (await ReceivesAsync(systemd, "WATCHDOG=1", TimeSpan.FromSeconds(1)))
        {
        }

        Assert.False(await ReceivesAsync(systemd, "WATCHDOG=1", TimeSpan.FromSeconds(4)));
        await gateway.SignalAsync("CONT");
        Assert.True(await ReceivesAsync(systemd, "WATCHDOG=1", GatewayRun.Patience));
    }

    private static async Task<bool> ReceivesAsync(Socket systemd, string message, TimeSpan patience)
    {
        using CancellationTokenSource limit = new(patience);
        byte[] buffer = new byte[1024];
        try
        {
            while (Encoding.UTF8.GetString(buffer, 0, await systemd.ReceiveAsync(buffer, limit.Token)) != message)
            {
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
