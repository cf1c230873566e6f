using System.Diagnostics;
using System.Globalization;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>A state directory that is full, read-only or does not answer: relying parties notice nothing, operators do.</summary>
public sealed class StateDirectoryTests
{
    private const string NotWritten = "\"state-not-written\"";

    [Fact]
    public async Task Full_it_costs_a_warning_until_there_is_space_again()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();

        // A file system of 64 KiB for this process alone, filled to the last byte.
        string script = $"mount -t tmpfs -o size=64k none {site.State} && {{ cat /dev/zero > {site.State}/ballast 2>/dev/null; exec \"$@\"; }}";
        await using GatewayRun gateway = await site.ServeInAsync(["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"], []);
        using HttpClient relyingParty = site.Public();
        await site.UntilStatusAsync(gateway, status => status.Contains(NotWritten, StringComparison.Ordinal));
        Assert.Contains("free space in StateDirectory and make it writable", gateway.Output, StringComparison.Ordinal);
        await site.RotateAsync(gateway, relyingParty);

        string seenByGateway = $"/proc/{gateway.Id}/root{site.State}";
        Assert.Equal(["ballast"], Directory.GetFiles(seenByGateway).Select(Path.GetFileName));
        File.Delete(Path.Combine(seenByGateway, "ballast"));
        await site.RotateAsync(gateway, relyingParty);

        await site.UntilStatusAsync(gateway, status => !status.Contains("-not-written\"", StringComparison.Ordinal));
        Assert.Equal(2, Directory.GetFiles(seenByGateway, "*.json").Length);
    }

    [Fact]
    public async Task Read_only_it_is_read_and_costs_a_warning()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using (GatewayRun before = await site.ServeUntilReadyAsync())
        {
            await GatewayFixture.WaitAsync(() => Task.FromResult(Directory.GetFiles(site.State, "*.json").Length == 2), () => before.Output);
        }

        string script = $"mount --bind {site.State} {site.State} && mount -o remount,bind,ro {site.State} && exec \"$@\"";
        await using GatewayRun gateway = await site.ServeInAsync(["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"], []);
        using HttpClient relyingParty = site.Public();
        Assert.DoesNotContain("-unreadable", gateway.Output, StringComparison.Ordinal);
        await site.RotateAsync(gateway, relyingParty);

        await site.UntilStatusAsync(gateway, status => status.Contains(NotWritten, StringComparison.Ordinal));
    }

    [Fact]
    public async Task That_takes_no_write_for_an_hour_it_holds_up_neither_documents_nor_refreshes()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();

        // Every fsync of the process takes an hour, as on a network volume whose server is away.
        await using GatewayRun gateway = await site.ServeInAsync(
            ["strace", "--daemonize", "--follow-forks", "--seccomp-bpf", "--trace=fsync", "--inject=fsync:delay_enter=3600s", "--output=/dev/null", "--"], [], "Tls:SelfSigned:ExportFile=");
        try
        {
            await site.UntilStatusAsync(gateway, status => status.Contains("StateDirectory has not taken a write within 5 s", StringComparison.Ordinal));
            Assert.Empty(Directory.GetFiles(site.State, "*.json"));
            using HttpClient relyingParty = GatewayFixture.Unverified(site.Issuer);
            for (int rotations = 0; rotations < 3; rotations++)
            {
                await site.RotateAsync(gateway, relyingParty);
            }

            // The one write that began, and no pile of them.
            Assert.Single(Directory.GetFiles(site.State, ".*.tmp"));
        }
        finally
        {
            // strace outlives what it delays, and would hold its output open.
            string tracer = File.ReadLines($"/proc/{gateway.Id}/status").First(line => line.StartsWith("TracerPid:", StringComparison.Ordinal));
            using Process strace = Process.GetProcessById(int.Parse(tracer["TracerPid:".Length..], CultureInfo.InvariantCulture));
            strace.Kill();
        }
    }
}
