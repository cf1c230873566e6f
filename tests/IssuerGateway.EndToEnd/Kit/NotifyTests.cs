using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>What the gateway tells systemd 253 and later, which with Type=notify-reload wait for it (sd_notify(3)).</summary>
public sealed partial class NotifyTests
{
    [Fact]
    public async Task A_reload_is_announced_with_its_time_and_ended()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string path = site.PathOf("notify");
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(path));

        // .NET notifies a parent of this name alone; this one passes the signal on, and the gateway ends with it.
        string parent = site.PathOf("systemd");
        File.Copy("/bin/sh", parent);
        string[] started = [parent, "-c", "setpriv --pdeathsig KILL \"$@\" & child=$!; trap \"kill -HUP $child\" HUP; while kill -0 $child 2> /dev/null; do wait $child; done", "sh"];
        await using GatewayRun gateway = await site.ServeInAsync(started, [("NOTIFY_SOCKET", path)]);
        Assert.Equal("READY=1", await ReceiveAsync(systemd));
        await gateway.SignalAsync("HUP");

        Match reloading = Reloading().Match(await ReceiveAsync(systemd));
        Assert.True(reloading.Success);
        long uptime = (long)(double.Parse((await File.ReadAllTextAsync("/proc/uptime")).Split(' ')[0], CultureInfo.InvariantCulture) * 1_000_000);
        Assert.InRange(long.Parse(reloading.Groups[1].Value, CultureInfo.InvariantCulture), uptime - 60_000_000, uptime + 1_000_000);
        Assert.Equal("READY=1", await ReceiveAsync(systemd));
    }

    // Without what feeds the watchdog.
    private static async Task<string> ReceiveAsync(Socket systemd)
    {
        byte[] buffer = new byte[256];
        using CancellationTokenSource late = new(GatewayRun.WaitLimit);
        while (true)
        {
            string text = Encoding.ASCII.GetString(buffer, 0, await systemd.ReceiveAsync(buffer, late.Token));
            if (text != "WATCHDOG=1")
            {
                return text;
            }
        }
    }

    [GeneratedRegex("^RELOADING=1\nMONOTONIC_USEC=([0-9]+)$")]
    private static partial Regex Reloading();
}
