using System.CommandLine;
using IssuerGateway.Demo;

namespace IssuerGateway.Tests.Demo;

public sealed class DemonstrationTests : IDisposable
{
    private readonly StringWriter output = new();

    public void Dispose() => output.Dispose();

    [Fact]
    public async Task Says_why_the_gateway_did_not_start_ends_with_1_and_leaves_nothing_behind()
    {
        // A gateway that says how it was called, and ends.
        int exitCode = await RunAsync("--once", "--gateway", "/bin/echo", "--port", "4711");

        Assert.Equal(1, exitCode);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("cluster    2 stand-in API servers at https://127.0.0.1:", lines[0]);
        Assert.Equal("gateway    did not become ready; its last lines:", lines[1]);
        Assert.StartsWith("  serve --set Issuers:0:Identifier=https://localhost:4711 --set ", Assert.Single(lines[2..]));
        string state = lines[2].Split(' ').Single(word => word.StartsWith("StateDirectory=", StringComparison.Ordinal)).Split('=')[1];
        Assert.False(Directory.Exists(Path.GetDirectoryName(state)), "its files are still there");
    }

    [Theory]
    [InlineData("--port: expected 0 to 65535", "--port", "65536")]
    [InlineData("--gateway: /nowhere/gateway is not there", "--gateway", "/nowhere/gateway")]
    public async Task Rejects_a_wrong_command_line(string message, params string[] arguments)
    {
        Assert.Equal(1, await RunAsync(arguments));
        Assert.StartsWith(message + "\n", output.ToString());
    }

    [Fact]
    public void Takes_ports_that_differ()
    {
        IReadOnlyList<int> ports = FreePorts.Take(8);

        Assert.Equal(8, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 1024, 65535));
    }

    private Task<int> RunAsync(params string[] arguments) =>
        DemoCommand.Create().Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = output, Error = output });
}
