using System.Reflection;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Ctl.EntraApp.Rendering;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>The real program as its own process: exit codes, streams, and signing in with <c>az</c>.</summary>
public sealed class EntraProcessTests : EntraProgramFixture
{
    [Fact]
    public async Task Applies_with_the_token_of_az_login()
    {
        FakeAz($$"""echo '{"accessToken":"{{GraphStandIn.Token}}","expiresOn":"2100-01-01 00:00:00.000000","expires_on":4102444800,"tenant":"00000000-0000-0000-0000-000000000000","tokenType":"Bearer"}'""");

        ProgramRun run = await StartAsync(Reaching($"trust apply entra-app {Registration} {Issuer} --sign-in az --graph-endpoint {Graph.Url}"));

        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith($"/adminconsent?client_id={GraphStandIn.AppId}\n", run.Output, StringComparison.Ordinal);
        Assert.Equal("the token endpoint may need some minutes more before the first sign-in works (AADSTS700211 until then)\n", WithoutUnused(run.Error));
        Assert.Equal(3, Writes.Count);
        Assert.Equal("account get-access-token --output json --resource " + Graph.Url + " --tenant 00000000-0000-0000-0000-000000000000", (await File.ReadAllTextAsync(Path.Combine(Folder.FullName, "calls"))).Split('\n')[0]);
    }

    [Fact]
    public async Task Says_in_one_line_that_nobody_is_signed_in()
    {
        FakeAz("echo 'ERROR: Please run \"az login\" to setup account.' >&2; exit 1");

        ProgramRun run = await StartAsync(Reaching($"trust plan entra-app {Registration} {Issuer} --graph-endpoint {Graph.Url}"));

        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Equal(2, run.Error.Split('\n').SkipWhile(line => !line.StartsWith("error", StringComparison.Ordinal)).Count(line => line.Length > 0));
        Assert.Empty(Graph.Requests);
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("publish", 2)]
    [InlineData("trust", 2)]
    [InlineData("trust plan", 2)]
    [InlineData("trust plan nobody", 2)]
    [InlineData("trust plan entra-app --unknown", 2)]
    [InlineData("trust plan entra-app", 2)]
    [InlineData("trust apply entra-app --wait soon", 2)]
    [InlineData("trust apply entra-app --wait 31m", 2)]
    [InlineData("check", 2)]
    [InlineData("check https://oidc.example.com --config x", 2)]
    [InlineData("--help", 0)]
    [InlineData("trust remove entra-app --help", 0)]
    [InlineData("--version", 0)]
    public async Task Exits_with(string line, int exitCode)
    {
        ProgramRun run = await StartAsync(line);

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal(exitCode == 0, run.Error.Length == 0);
    }

    [Fact]
    public async Task Help_states_the_least_permissions()
    {
        ProgramRun run = await StartAsync("trust apply entra-app --help");

        Assert.Contains("Application.ReadWrite.OwnedBy", run.Output, StringComparison.Ordinal);
        Assert.Contains("Application Developer", run.Output, StringComparison.Ordinal);
    }

    private void FakeAz(string body)
    {
        string az = Path.Combine(Folder.FullName, "az");
        File.WriteAllText(az, $"#!/bin/sh\necho \"$*\" >>{Folder.FullName}/calls\n{body}\n");
        File.SetUnixFileMode(az, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private Task<ProgramRun> StartAsync(string line) => StartAsync(line, new Dictionary<string, string> { ["PATH"] = $"{Folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}" });

    /// <summary>The real program; nothing of the environment of the tests but what is named here changes.</summary>
    internal static Task<ProgramRun> StartAsync(string line, IReadOnlyDictionary<string, string> environment)
    {
        string program = typeof(EntraProcessTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "IssuerCtl").Value!;
        return ProgramRun.OfAsync("dotnet", [program, .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)], environment: environment);
    }
}
