using System.Security.Cryptography.X509Certificates;
using IssuerGateway.EndToEnd.Acme;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>A directory of accounts and certificates that is full, read-only or slow: what serves continues, nothing is ordered that could not be kept.</summary>
public sealed class AcmeStoreTests : IDisposable
{
    private readonly AcmeSite site = new();

    public void Dispose() => site.Dispose();

    private string Store => site.PathOf("store");

    [Fact]
    public async Task Full_it_costs_no_order_and_no_certificate_in_force()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        Directory.CreateDirectory(Store);

        // A file system of 64 KiB for this process alone, filled to the last byte.
        string script = $"mount -t tmpfs -o size=64k none {Store} && {{ cat /dev/zero > {Store}/ballast 2>/dev/null; exec \"$@\"; }}";
        await using GatewayRun gateway = site.ServeIn(["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"], AcmeSite.Host, ca);
        await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains(AcmeSite.StoreNotWritable, StringComparison.Ordinal)), gateway, ca);
        string seenByGateway = $"/proc/{gateway.Id}/root{Store}";
        string ballast = Path.Combine(seenByGateway, "ballast");
        Assert.Equal(0, ca.Orders);
        Assert.Equal(["ballast", "leader.lock"], Directory.GetFiles(seenByGateway).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Null(await site.HandshakeAsync());

        (int exitCode, string error) = await site.RenewAsync();
        Assert.Equal(1, exitCode);
        Assert.EndsWith($"issuer-gateway: hint: {AcmeSite.StoreNotWritable}", error, StringComparison.Ordinal);
        Assert.Equal(0, ca.Orders);

        File.Delete(ballast);
        Assert.Equal(0, (await site.RenewAsync()).ExitCode);
        X509Certificate2 served = (await site.CertificateAsync(gateway, ca))[0];

        // Full once more: what is served stays, and a second order on request within the hour is not made in any case.
        Fill(ballast);
        (exitCode, error) = await site.RenewAsync();
        Assert.Equal(1, exitCode);
        Assert.StartsWith($"issuer-gateway: error: {AcmeSite.Host}: orders on request are limited, because the CA limits them too", error, StringComparison.Ordinal);
        Assert.Equal(served.Thumbprint, (await site.HandshakeAsync())![0].Thumbprint);
        Assert.Equal(1, ca.Orders);

        File.Delete(ballast);
        Assert.Equal(["acme.json", "leader.lock", $"{AcmeSite.Host}.pem"], Directory.GetFiles(seenByGateway).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Read_only_it_is_served_from_and_nothing_is_ordered()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        string before = await site.KeptAsync(ca);

        string script = $"mount --bind {Store} {Store} && mount -o remount,bind,ro {Store} && exec \"$@\"";
        await using GatewayRun gateway = site.ServeIn(["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"], AcmeSite.Host, ca);

        Assert.Equal(before, (await site.CertificateAsync(gateway, ca))[0].Thumbprint);
        await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("No certificates are ordered", StringComparison.Ordinal)), gateway, ca);
        Assert.Equal(1, (await site.RenewAsync()).ExitCode);
        Assert.Equal(before, (await site.HandshakeAsync())![0].Thumbprint);
        Assert.Equal(1, ca.Orders);
    }

    [Fact]
    public async Task Slow_it_makes_an_order_slow_and_nothing_else()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        await using GatewayRun gateway = site.ServeIn(SlowDisk.Taking("200ms"), AcmeSite.Host, ca);
        try
        {
            await site.CertificateAsync(gateway, ca);
            await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("Next certificate for", StringComparison.Ordinal)), gateway, ca);

            Assert.Equal((1, 1), (ca.Orders, ca.Issued));
        }
        finally
        {
            SlowDisk.End(gateway);
        }
    }

    private static void Fill(string ballast)
    {
        byte[] page = new byte[4096];
        using FileStream file = new(ballast, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(page);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }
}
