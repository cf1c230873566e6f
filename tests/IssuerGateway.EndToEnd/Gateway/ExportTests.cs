using System.Diagnostics;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>The one-shot export of a cron job: what it remembers, what it leaves alone, and what it finds in a directory of others.</summary>
public sealed class ExportTests
{
    [Fact]
    public async Task A_key_of_a_server_that_is_down_stays_and_the_state_of_the_server_is_left_alone()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync(servers: 2);
        ServiceAccountKey own = ServiceAccountKey.Create();
        site.Cluster.Servers[1].AddKey(own);
        string bucket = site.PathOf("bucket");
        Assert.Equal(0, (await ExportAsync(site, bucket)).ExitCode);
        Assert.Contains(own.KeyId, await KeysAsync(site, bucket), StringComparison.Ordinal);

        await site.Cluster.Servers[1].StopAsync();
        (int exitCode, _, string error) = await ExportAsync(site, bucket);

        Assert.Equal(0, exitCode);
        Assert.Contains("fetch-connect-failed", error, StringComparison.Ordinal);
        Assert.Contains(own.KeyId, await KeysAsync(site, bucket), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(site.State));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(bucket, ".issuer-gateway")));
    }

    [Fact]
    public async Task The_memory_may_lie_elsewhere()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        (string bucket, string memory) = (site.PathOf("bucket"), site.PathOf("memory"));

        Assert.Equal(0, (await ExportAsync(site, bucket, "--state", memory)).ExitCode);

        Assert.NotEmpty(Directory.GetFiles(memory));
        Assert.Equal([$"localhost:{site.Port}"], Directory.GetFileSystemEntries(bucket).Select(Path.GetFileName));
    }

    // Whoever may write to the bucket could otherwise publish keys until an API server responds.
    [Theory]
    [InlineData("link", "is a symbolic link to ")]
    [InlineData("world-writable", "is no memory to trust: every user of this machine can plant keys in it")]
    [InlineData("foreign", "is no memory to trust: user 12345, whom it belongs to, can plant keys in it")]
    public async Task A_memory_that_others_can_write_is_not_read(string kind, string fault)
    {
        Assert.SkipUnless(kind != "foreign" || Environment.IsPrivilegedProcess, "another owner needs root");
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        (string bucket, string planted) = (site.PathOf("bucket"), site.PathOf("planted"));
        string memory = Path.Combine(bucket, ".issuer-gateway");
        Directory.CreateDirectory(bucket);
        if (kind == "link")
        {
            Directory.CreateDirectory(planted);
            Directory.CreateSymbolicLink(memory, planted);
        }
        else
        {
            Directory.CreateDirectory(memory);
            using Process change = kind == "foreign" ? Process.Start("chown", ["12345", memory]) : Process.Start("chmod", ["0777", memory]);
            await change.WaitForExitAsync();
        }

        (int exitCode, _, string error) = await ExportAsync(site, bucket);

        Assert.Equal(3, exitCode);
        Assert.Contains($"issuer-gateway: error: {memory} {fault}", error, StringComparison.Ordinal);
        Assert.Contains("--state", error, StringComparison.Ordinal);
        Assert.Equal([memory], Directory.GetFileSystemEntries(bucket));
        Assert.Equal(0, (await ExportAsync(site, bucket, "--state", site.PathOf("own"))).ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("openid")]
    [InlineData("openid/v1")]
    [InlineData(".well-known")]
    public async Task No_link_leads_the_documents_elsewhere(string below)
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string bucket = site.PathOf("bucket");
        string link = Path.Combine(bucket, $"localhost:{site.Port}", below).TrimEnd('/');
        string elsewhere = site.PathOf("elsewhere");
        Directory.CreateDirectory(elsewhere);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        Directory.CreateSymbolicLink(link, elsewhere);

        (int exitCode, _, string error) = await ExportAsync(site, bucket);

        Assert.Equal(3, exitCode);
        Assert.Contains($"issuer-gateway: error: {link} is a symbolic link to {elsewhere}, and export follows none", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(elsewhere));
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("link to a file")]
    [InlineData("link to a device")]
    public async Task What_stands_in_the_place_of_a_document_is_replaced_and_neither_read_nor_followed(string kind)
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string bucket = site.PathOf("bucket");
        string file = Path.Combine(bucket, $"localhost:{site.Port}", "openid/v1/jwks");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string precious = site.PathOf("precious");
        await File.WriteAllTextAsync(precious, "precious");
        if (kind == "pipe")
        {
            using Process made = Process.Start("mkfifo", [file]);
            await made.WaitForExitAsync();
        }
        else
        {
            File.CreateSymbolicLink(file, kind == "link to a device" ? "/dev/zero" : precious);
        }

        Assert.Equal(0, (await ExportAsync(site, bucket)).ExitCode);

        Assert.Null(new FileInfo(file).LinkTarget);
        Assert.Contains(site.Cluster.Server.Keys[0].KeyId, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(precious));
    }

    // The key set was written, the discovery document was not, and the directory was blamed.
    [Theory]
    [InlineData(">&-", "it is closed")]
    [InlineData(">/dev/full", "No space left on device")]
    public async Task A_standard_output_that_takes_nothing_leaves_no_half_export_behind(string output, string cause)
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string bucket = site.PathOf("bucket");

        await using GatewayRun export = GatewayRun.StartIn(["sh", "-c", $"exec \"$@\" {output}", "sh"], [], ["export", "--output", bucket, .. site.Settings()]);

        Assert.Equal(3, await export.ExitAsync());
        Assert.Contains($"issuer-gateway: error: standard output cannot be written: {cause}", export.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(bucket, $"localhost:{site.Port}", ".well-known/openid-configuration")));
        Assert.Contains(site.Cluster.Server.Keys[0].KeyId, await KeysAsync(site, bucket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Needs_no_certificate_of_a_host_that_serves()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        IEnumerable<string> settings = site.Settings().Chunk(2).Where(pair => !pair[1].StartsWith("Tls:", StringComparison.Ordinal)).SelectMany(pair => pair);

        (int exitCode, _, string error) = await GatewayRun.RunAsync(["export", "--output", site.PathOf("bucket"), .. settings]);

        Assert.True(exitCode == 0, error);
    }

    private static Task<(int ExitCode, string Output, string Error)> ExportAsync(GatewayFixture site, string bucket, params IEnumerable<string> further) =>
        GatewayRun.RunAsync(["export", "--output", bucket, .. further, .. site.Settings()]);

    private static Task<string> KeysAsync(GatewayFixture site, string bucket) =>
        File.ReadAllTextAsync(Path.Combine(bucket, $"localhost:{site.Port}", "openid/v1/jwks"));
}
