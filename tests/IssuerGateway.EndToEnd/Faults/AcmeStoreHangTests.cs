using System.Net;
using System.Net.Sockets;
using IssuerGateway.EndToEnd.Acme;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Tests;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>A directory of accounts and certificates that does not respond: nothing waits for it endlessly, and nothing is ordered without it.</summary>
public sealed class AcmeStoreHangTests : IDisposable
{
    private readonly AcmeSite site = new();

    public void Dispose() => site.Dispose();

    private string Store => site.PathOf("store");

    [Fact]
    public async Task That_takes_no_write_for_an_hour_it_costs_no_order_and_no_certificate_in_force()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        string before = await site.KeptAsync(ca);
        await using GatewayRun gateway = site.ServeIn(SlowDisk.Taking("3600s"), AcmeSite.Host, ca);
        try
        {
            Assert.Equal(before, (await site.CertificateAsync(gateway, ca))[0].Thumbprint);
            await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("Next certificate for", StringComparison.Ordinal)), gateway, ca);
            (int exitCode, string error) = await site.RenewAsync();

            Assert.Equal(1, exitCode);
            Assert.Contains("did not respond within 5 s", error, StringComparison.Ordinal);
            Assert.EndsWith($"issuer-gateway: hint: {AcmeSite.StoreNotWritable}", error, StringComparison.Ordinal);
            Assert.Equal(before, (await site.HandshakeAsync())![0].Thumbprint);
            Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/livez"));
            Assert.Equal(1, ca.Orders);

            // The one write that began, and no pile of them.
            Assert.Single(Directory.GetFiles(Store, ".*.tmp"));
        }
        finally
        {
            SlowDisk.End(gateway);
        }
    }

    [Fact]
    public async Task That_responds_to_no_read_it_holds_up_the_start_for_seconds_and_is_read_when_it_is_back()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        string before = await site.KeptAsync(ca);
        using HangingFile? away = await HangingFile.TryCreateAsync(Path.Combine(Store, "acme.json"));
        if (away is null)
        {
            return;
        }

        await using GatewayRun gateway = site.Serve(ca);

        // Plain HTTP is served without it; nothing is ordered, for nobody knows what it holds.
        await AcmeSite.UntilAsync(IsOpenAsync, gateway, ca);
        Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/livez"));
        Assert.Contains("did not respond within 5 s", gateway.Output, StringComparison.Ordinal);
        Assert.Null(await site.HandshakeAsync());

        await away.RestoreAsync(gateway.Id);

        Assert.Equal(before, (await site.CertificateAsync(gateway, ca))[0].Thumbprint);
        Assert.Equal(1, ca.Orders);
    }

    private async Task<bool> IsOpenAsync()
    {
        using TcpClient connection = new();
        try
        {
            await connection.ConnectAsync(IPAddress.Loopback, site.HttpPort);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
