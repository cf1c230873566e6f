using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Issuers;
using IssuerGateway.Tests;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>A state directory that is full, read-only or does not respond: relying parties notice nothing, operators do.</summary>
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
        Assert.Contains("make StateDirectory writable for the gateway and free space in it", gateway.Output, StringComparison.Ordinal);
        await site.RotateAsync(gateway, relyingParty);

        string seenByGateway = $"/proc/{gateway.Id}/root{site.State}";
        Assert.Equal(["ballast"], Directory.GetFiles(seenByGateway).Select(Path.GetFileName));
        File.Delete(Path.Combine(seenByGateway, "ballast"));
        await site.RotateAsync(gateway, relyingParty);

        await site.UntilStatusAsync(gateway, status => !status.Contains("-not-written\"", StringComparison.Ordinal));
        Assert.Equal(3, Directory.GetFiles(seenByGateway, "*.json").Length);
    }

    [Fact]
    public async Task Read_only_it_is_read_and_costs_a_warning()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using (GatewayRun before = await site.ServeUntilReadyAsync())
        {
            await GatewayFixture.WaitAsync(() => Task.FromResult(Directory.GetFiles(site.State, "*.json").Length == 3), () => before.Output);
        }

        string script = $"mount --bind {site.State} {site.State} && mount -o remount,bind,ro {site.State} && exec \"$@\"";
        await using GatewayRun gateway = await site.ServeInAsync(["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"], []);
        using HttpClient relyingParty = site.Public();
        Assert.DoesNotContain("-unreadable", gateway.Output, StringComparison.Ordinal);
        await site.RotateAsync(gateway, relyingParty);

        await site.UntilStatusAsync(gateway, status => status.Contains(NotWritten, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_somebody_else_it_costs_a_warning_that_names_it_until_it_is_given_over()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            TestContext.Current.TestOutputHelper?.WriteLine("not run: a directory of somebody else needs root");
            return;
        }

        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await ChangeOwnerAsync(65534, site.State);
        File.SetUnixFileMode(site.State, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // Root without the right to pass over modes.
        await using GatewayRun gateway = await site.ServeInAsync(["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"], []);
        using HttpClient relyingParty = site.Public();
        await site.RotateAsync(gateway, relyingParty);
        await site.UntilStatusAsync(gateway, status => status.Contains($"{site.State} cannot be written: no permission", StringComparison.Ordinal));
        Assert.Contains("make StateDirectory writable for the gateway and free space in it", gateway.Output, StringComparison.Ordinal);

        await ChangeOwnerAsync(0, site.State);
        await site.RotateAsync(gateway, relyingParty);
        await site.UntilStatusAsync(gateway, status => !status.Contains("\"state-", StringComparison.Ordinal));
        Assert.Equal(3, Directory.GetFiles(site.State, "*.json").Length);
    }

    // /tmp, or a volume that several users share: the directory takes new files, and what is there belongs to another user.
    [Fact]
    public async Task With_files_of_somebody_else_in_a_sticky_directory_it_names_each_until_it_is_removed()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            TestContext.Current.TestOutputHelper?.WriteLine("not run: files of somebody else need root");
            return;
        }

        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using (GatewayRun before = await site.ServeUntilReadyAsync())
        {
            await GatewayFixture.WaitAsync(() => Task.FromResult(Directory.GetFiles(site.State, "*.json").Length == 3), () => before.Output);
        }

        string documents = Directory.GetFiles(site.State, "issuer-*.json").Single();
        foreach (string path in (string[])[site.State, .. Directory.GetFiles(site.State)])
        {
            await ChangeOwnerAsync(65534, path);
        }

        File.SetUnixFileMode(site.State, (UnixFileMode)0b001_111_111_111);

        // Root without the rights to pass over modes and owners.
        const string rights = "-dac_override,-dac_read_search,-fowner";
        await using GatewayRun gateway = await site.ServeInAsync(["setpriv", $"--bounding-set={rights}", $"--inh-caps={rights}"], []);
        using HttpClient relyingParty = site.Public();
        await site.RotateAsync(gateway, relyingParty);
        await site.UntilStatusAsync(gateway, status => status.Contains($"{documents} cannot be replaced: it belongs to another user", StringComparison.Ordinal));
        Assert.Contains($"remove {documents}", gateway.Output, StringComparison.Ordinal);

        foreach (string file in Directory.GetFiles(site.State))
        {
            File.Delete(file);
        }

        await site.RotateAsync(gateway, relyingParty);
        await site.UntilStatusAsync(gateway, status => !status.Contains("\"state-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Slow_it_holds_up_no_document_and_is_written_all_the_same()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeInAsync(SlowDisk.Taking("300ms"), [], "Tls:SelfSigned:ExportFile=");
        try
        {
            using HttpClient relyingParty = GatewayFixture.Unverified(site.Issuer);
            string published = await site.RotateAsync(gateway, relyingParty);

            await GatewayFixture.WaitAsync(() => Task.FromResult(Directory.GetFiles(site.State, "issuer-*.json").Any(file => KeySetIn(file) == published)), () => $"not kept\n{gateway.Output}");
            await site.UntilStatusAsync(gateway, status => !status.Contains("-not-written\"", StringComparison.Ordinal));
        }
        finally
        {
            SlowDisk.End(gateway);
        }
    }

    [Fact]
    public async Task That_responds_to_no_read_it_holds_up_the_start_for_seconds_and_nothing_after_that()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using (GatewayRun before = await site.ServeUntilReadyAsync())
        {
            await GatewayFixture.WaitAsync(() => Task.FromResult(Directory.GetFiles(site.State, "*.json").Length == 3), () => before.Output);
        }

        string documents = Directory.GetFiles(site.State, "issuer-*.json").Single();
        using HangingFile? away = await HangingFile.TryCreateAsync(documents);
        if (away is null)
        {
            return;
        }

        await using GatewayRun gateway = site.Serve();
        await GatewayFixture.WaitAsync(async () => await site.StatusOfAsync("/livez") == HttpStatusCode.OK, () => $"{gateway.Output}\n{gateway.Error}");
        await GatewayFixture.WaitAsync(async () => await site.StatusOfAsync("/readyz") == HttpStatusCode.OK, () => $"{gateway.Output}\n{gateway.Error}");
        string said = Assert.Single(gateway.Output.Split('\n'), line => line.Contains("\"@l\":\"Error\"", StringComparison.Ordinal));
        Assert.Contains("reading StateDirectory timed out after 5 s", said, StringComparison.Ordinal);
        Assert.Contains("check that the StateDirectory volume is mounted and responsive", said, StringComparison.Ordinal);
        using HttpClient relyingParty = site.Public();
        await site.RotateAsync(gateway, relyingParty);
        await GatewayFixture.WaitAsync(() => Task.FromResult(!away.IsInPlace), () => $"not written again\n{gateway.Output}");

        // What the volume gives at last is older than all that.
        await away.RespondAsync(gateway.Id);
        string published = await site.RotateAsync(gateway, relyingParty);
        Assert.Equal(published, await relyingParty.GetStringAsync("/openid/v1/jwks"));
        await GatewayFixture.WaitAsync(() => Task.FromResult(KeySetIn(documents) == published), () => $"not kept\n{gateway.Output}");
        await site.UntilStatusAsync(gateway, status => !status.Contains("\"state-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task That_takes_no_write_for_an_hour_it_holds_up_neither_documents_nor_refreshes()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();

        await using GatewayRun gateway = await site.ServeInAsync(SlowDisk.Taking("3600s"), [], "Tls:SelfSigned:ExportFile=");
        try
        {
            await site.UntilStatusAsync(gateway, status => status.Contains("writing to StateDirectory timed out after 5 s", StringComparison.Ordinal));
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
            SlowDisk.End(gateway);
        }
    }

    private static async Task ChangeOwnerAsync(int user, string path)
    {
        using System.Diagnostics.Process chown = System.Diagnostics.Process.Start("chown", [$"{user}", path]);
        await chown.WaitForExitAsync();
    }

    private static string? KeySetIn(string file) =>
        JsonNode.Parse(File.ReadAllText(file))!["KeySet"] is { } kept ? Encoding.UTF8.GetString(Convert.FromBase64String((string)kept!)) : null;
}
