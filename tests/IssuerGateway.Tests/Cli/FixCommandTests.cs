using System.Diagnostics;
using System.Globalization;
using IssuerGateway.Base;
using IssuerGateway.Cli;
using IssuerGateway.Tests.Checking;

namespace IssuerGateway.Tests.Cli;

public sealed class FixCommandTests
{
    private const string Issuer = "https://" + CheckFixture.Host;

    /// <summary>Copied from the text as it is printed, the commands of a fix request from the server that the check requested from.</summary>
    [Theory]
    [InlineData("--connect-to issuer.example.test:443:127.0.0.1:PORT")]
    [InlineData("--connect-to ::127.0.0.1:PORT")]
    [InlineData("--connect-to :443::PORT --resolve issuer.example.test:PORT:127.0.0.1")]
    [InlineData("--connect-to :443::PORT --resolve *:PORT:127.0.0.1")]
    public async Task Commands_of_a_fix_reach_the_server_of_the_check(string options)
    {
        using TemporaryDirectory directory = new();
        await using CheckFixture server = await CheckFixture.StartAsync();
        server.Discovery = server.Discovery.Replace(server.Issuer, Issuer, StringComparison.Ordinal);
        List<string> seen = [];
        server.Misbehave = http =>
        {
            seen.Add(http.Request.Headers.UserAgent.ToString());
            http.Response.Headers["x-pad"] = new string('a', 40_000);
            return Task.FromResult(false);
        };
        StringWriter output = new();
        await File.WriteAllTextAsync(directory.File("the roots.pem"), server.Authority.Root.ExportCertificatePem(), TestContext.Current.CancellationToken);

        _ = await GatewayCommand.RunAsync(
            ["check", Issuer, "--ca", directory.File("the roots.pem"), .. options.Replace("PORT", server.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Split(' ')],
            new Terminal(output, TextWriter.Null));
        string[] lines = output.ToString().Split('\n');
        string[] command = [.. lines.SkipWhile(line => !line.Contains("find out what adds them:", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line.StartsWith("               ", StringComparison.Ordinal)).Select(line => line.Trim())];
        seen.Clear();
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", string.Join('\n', command)]) { RedirectStandardOutput = true, WorkingDirectory = directory.Path })!;
        string printed = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("curl/", Assert.Single(seen), StringComparison.Ordinal);
        Assert.Contains("x-pad: aaa", printed, StringComparison.Ordinal);
        Assert.True(command.Length > 1);
    }
}
