using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Tests.Upstream;

public sealed class DeadServerTests : IAsyncDisposable
{
    /// <summary>A dead server is given up after five seconds of the fake clock, and never by a connect timeout, which is real.</summary>
    private readonly SourceFixture fixture = new(SourceFixture.WithoutProbes with { Connect = TimeSpan.FromMinutes(10) });

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public async Task A_server_that_was_down_holds_up_no_later_refresh_and_keeps_its_fault()
    {
        await using RawTlsServer living = fixture.Server();
        using System.Net.Sockets.TcpListener silent = new(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        Uri dead = new($"https://127.0.0.1:{((System.Net.IPEndPoint)silent.LocalEndpoint).Port}");
        await using IDocumentSource source = fixture.Source(living.Address, dead);

        // Its first timeout is waited for; the clock that it needs moves for no later one.
        Task<IReadOnlyList<UpstreamResponse>> waiting = source.FetchAsync(CancellationToken.None);
        while (living.Requests.Count < 2)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        await Task.Delay(TimeSpan.FromMilliseconds(500));
        while (!waiting.IsCompleted)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromMilliseconds(50)));
        }

        string fault = FaultOf(await waiting, dead)!;
        Assert.Contains("no ", fault, StringComparison.Ordinal);
        for (int refresh = 0; refresh < 3; refresh++)
        {
            IReadOnlyList<UpstreamResponse> responses = await source.FetchAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
            Assert.Null(FaultOf(responses, living.Address));
            Assert.Equal(fault, FaultOf(responses, dead));
        }
    }

    private static string? FaultOf(IReadOnlyList<UpstreamResponse> responses, Uri server) => responses.Single(response => response.Server == ServerAddress.Show(server)).Fault?.Message;
}
