using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.EndToEnd.Acme;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Tests;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>A directory of accounts and certificates that is full, read-only, slow or does not answer: what serves goes on, nothing is ordered that could not be kept.</summary>
public sealed class AcmeStoreTests : IDisposable
{
    private const string NotWritable = "make the store writable (Tls:Acme:Store, Tls:Acme:StoreDirectory; with Secrets the Role of the gateway)";

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
        await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains(NotWritable, StringComparison.Ordinal)), gateway, ca);
        string seenByGateway = $"/proc/{gateway.Id}/root{Store}";
        string ballast = Path.Combine(seenByGateway, "ballast");
        Assert.Equal(0, ca.Orders);
        Assert.Equal(["ballast", "leader.lock"], Directory.GetFiles(seenByGateway).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Null(await site.HandshakeAsync());

        File.Delete(ballast);
        Assert.Equal(0, (await RenewAsync()).ExitCode);
        X509Certificate2 served = (await site.CertificateAsync(gateway, ca))[0];

        Fill(ballast);
        (int exitCode, string error) = await RenewAsync();
        Assert.Equal(1, exitCode);
        Assert.EndsWith($"issuer-gateway: hint: {NotWritable}", error, StringComparison.Ordinal);
        Assert.Equal(served.Thumbprint, (await site.HandshakeAsync())![0].Thumbprint);
        Assert.Equal(1, ca.Orders);

        File.Delete(ballast);
        Assert.Equal(0, (await RenewAsync()).ExitCode);
        Assert.NotEqual(served.Thumbprint, (await site.HandshakeAsync())![0].Thumbprint);
        Assert.Equal(["acme.json", "leader.lock", $"{AcmeSite.Host}.pem"], Directory.GetFiles(seenByGateway).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Read_only_it_is_served_from_and_nothing_is_ordered()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        string before = await KeptAsync(ca);

        string script = $"mount --bind {Store} {Store} && mount -o remount,bind,ro {Store} && exec \"$@\"";
        await using GatewayRun gateway = site.ServeIn(["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"], AcmeSite.Host, ca);

        Assert.Equal(before, (await site.CertificateAsync(gateway, ca))[0].Thumbprint);
        await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("No certificates are ordered", StringComparison.Ordinal)), gateway, ca);
        Assert.Equal(1, (await RenewAsync()).ExitCode);
        Assert.Equal(before, (await site.HandshakeAsync())![0].Thumbprint);
        Assert.Equal(1, ca.Orders);
    }

    [Fact]
    public async Task Slow_it_makes_an_order_slow_and_nothing_else()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        await using GatewayRun gateway = site.ServeIn(Delayed("fsync", "200ms"), AcmeSite.Host, ca);
        try
        {
            await site.CertificateAsync(gateway, ca);
            await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("Next certificate for", StringComparison.Ordinal)), gateway, ca);

            Assert.Equal((1, 1), (ca.Orders, ca.Issued));
        }
        finally
        {
            EndTracer(gateway);
        }
    }

    [Fact]
    public async Task That_takes_no_write_for_an_hour_it_costs_no_order_and_no_certificate_in_force()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        string before = await KeptAsync(ca);
        await using GatewayRun gateway = site.ServeIn(Delayed("fsync", "3600s"), AcmeSite.Host, ca);
        try
        {
            Assert.Equal(before, (await site.CertificateAsync(gateway, ca))[0].Thumbprint);
            await LeadsAsync(gateway, ca);
            (int exitCode, string error) = await RenewAsync();

            Assert.Equal(1, exitCode);
            Assert.Contains("has not answered within 5 s", error, StringComparison.Ordinal);
            Assert.EndsWith($"issuer-gateway: hint: {NotWritable}", error, StringComparison.Ordinal);
            Assert.Equal(before, (await site.HandshakeAsync())![0].Thumbprint);
            Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/livez"));
            Assert.Equal(1, ca.Orders);

            // The one write that began, and no pile of them.
            Assert.Single(Directory.GetFiles(Store, ".*.tmp"));
        }
        finally
        {
            EndTracer(gateway);
        }
    }

    [Fact]
    public async Task That_answers_no_read_it_holds_up_the_start_for_seconds_and_is_read_when_it_is_back()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        string before = await KeptAsync(ca);
        using HangingFile away = new(Path.Combine(Store, "acme.json"));
        await using GatewayRun gateway = site.Serve(ca);

        // Plain HTTP is answered without it; nothing is ordered, for nobody knows what it holds.
        await AcmeSite.UntilAsync(IsOpenAsync, gateway, ca);
        Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/livez"));
        Assert.Contains("has not answered within 5 s", gateway.Output, StringComparison.Ordinal);
        Assert.Null(await site.HandshakeAsync());

        await away.RestoreAsync(gateway.Id);

        Assert.Equal(before, (await site.CertificateAsync(gateway, ca))[0].Thumbprint);
        Assert.Equal(1, ca.Orders);
    }

    /// <summary>A certificate in the store, as an earlier run leaves it.</summary>
    private async Task<string> KeptAsync(Pebble ca)
    {
        await using GatewayRun first = site.Serve(ca);
        string thumbprint = (await site.CertificateAsync(first, ca))[0].Thumbprint;
        await AcmeSite.UntilAsync(() => Task.FromResult(first.Output.Contains("Next certificate for", StringComparison.Ordinal)), first, ca);
        return thumbprint;
    }

    // The next order is announced by the replica that leads.
    private static Task LeadsAsync(GatewayRun gateway, Pebble ca) =>
        AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("Next certificate for", StringComparison.Ordinal)), gateway, ca);

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

    private async Task<(int ExitCode, string Error)> RenewAsync()
    {
        (int exitCode, _, string error) = await GatewayRun.RunAsync("renew", AcmeSite.Host, "--set", $"Operations:Port={site.OperationsPort}");
        return (exitCode, error);
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

    private static string[] Delayed(string call, string by) =>
        ["strace", "--daemonize", "--follow-forks", "--seccomp-bpf", $"--trace={call}", $"--inject={call}:delay_enter={by}", "--output=/dev/null", "--"];

    // strace outlives what it delays, and would hold its output open.
    private static void EndTracer(GatewayRun gateway)
    {
        string tracer = File.ReadLines($"/proc/{gateway.Id}/status").First(line => line.StartsWith("TracerPid:", StringComparison.Ordinal));
        using Process strace = Process.GetProcessById(int.Parse(tracer["TracerPid:".Length..], CultureInfo.InvariantCulture));
        strace.Kill();
    }
}
