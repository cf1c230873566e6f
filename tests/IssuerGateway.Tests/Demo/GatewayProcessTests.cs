using System.Collections.Concurrent;
using IssuerGateway.Demo;

namespace IssuerGateway.Tests.Demo;

public sealed class GatewayProcessTests
{
    private static readonly Uri nobody = new("http://127.0.0.1:1/readyz");

    [Fact]
    public async Task Knows_that_a_gateway_has_ended_and_what_it_said()
    {
        await using GatewayProcess gateway = GatewayProcess.Start("/bin/sh", ["-c", "echo \"$1\"; echo told >&2; exit 3", "sh", "serve --set A=b c"], TimeProvider.System);

        Assert.False(await gateway.IsReadyAsync(nobody, TimeSpan.FromMinutes(5), CancellationToken.None));
        Assert.Equal(3, await gateway.EndAsync());
        Assert.Equal(["serve --set A=b c", "told"], gateway.LastLines.Order());
    }

    [Fact]
    public async Task Keeps_the_last_lines_alone_and_tells_of_all()
    {
        ConcurrentQueue<string> said = new();
        await using GatewayProcess gateway = GatewayProcess.Start("/bin/sh", ["-c", "seq 1 100"], TimeProvider.System, said.Enqueue);

        Assert.False(await gateway.IsReadyAsync(nobody, TimeSpan.FromMinutes(5), CancellationToken.None));
        await gateway.EndAsync();
        Assert.Equal(Enumerable.Range(61, 40).Select(number => $"{number}"), gateway.LastLines);
        Assert.Equal(Enumerable.Range(1, 100).Select(number => $"{number}"), said);
    }

    [Fact]
    public async Task Ends_the_gateway_by_sigterm()
    {
        await using GatewayProcess gateway = GatewayProcess.Start("/bin/sleep", ["600"], TimeProvider.System);

        Assert.Equal(128 + 15, await gateway.EndAsync());
    }

    [Theory]
    [InlineData("""{"@t":"2026-11-24T12:00:00Z","@m":"Draining","@i":"1"}""", "information: Draining")]
    [InlineData("""{"@m":"Lost \"a\"","@l":"Warning"}""", "warning: Lost \"a\"")]
    [InlineData("issuer-gateway: error: no", "issuer-gateway: error: no")]
    [InlineData("""{"other":1}""", """{"other":1}""")]
    [InlineData("[1]", "[1]")]
    public void Shows_log_lines_as_a_person_reads_them(string line, string plain)
    {
        Assert.Equal(plain, GatewayProcess.PlainLine(line));
    }
}
