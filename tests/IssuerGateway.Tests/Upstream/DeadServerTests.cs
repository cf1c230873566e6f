using System.Diagnostics;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Tests.Upstream;

public sealed class DeadServerTests : IAsyncDisposable
{
    private readonly SourceFixture fixture = new();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public async Task A_server_that_was_down_holds_up_no_later_refresh_and_is_seen_when_it_is_back()
    {
        await using RawTlsServer living = fixture.Server();
        using System.Net.Sockets.TcpListener silent = new(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        Uri dead = new($"https://127.0.0.1:{((System.Net.IPEndPoint)silent.LocalEndpoint).Port}");
        await using IDocumentSource source = fixture.Source(living.Address, dead);

        IReadOnlyList<UpstreamResponse> first = await source.FetchAsync(CancellationToken.None);
        string fault = first.Single(response => response.Server == ServerAddress.Show(dead)).Fault!.Message;
        for (int refresh = 0; refresh < 3; refresh++)
        {
            Task<IReadOnlyList<UpstreamResponse>> fetch = source.FetchAsync(CancellationToken.None);
            IReadOnlyList<UpstreamResponse> responses = await fetch;
            Assert.NotNull(responses.Single(response => response.Server == ServerAddress.Show(living.Address)).Documents);
            Assert.Equal(fault, responses.Single(response => response.Server == ServerAddress.Show(dead)).Fault!.Message);
        }
    }
}
