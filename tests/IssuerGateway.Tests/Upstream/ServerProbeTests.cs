using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using Yarp.ReverseProxy.Model;

namespace IssuerGateway.Tests.Upstream;

public sealed class ServerProbeTests : IAsyncDisposable
{
    private readonly SourceFixture fixture = new(new FetchLimits());

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public async Task Probes_readyz_and_says_in_a_fault_how_it_went()
    {
        Dictionary<string, byte[]> responses = SourceFixture.Responses(discovery: Recorded.Raw("error-404-non-https-issuer"));
        await using RawTlsServer server = fixture.Server(RawTlsServer.Replay(responses));
        await using IDocumentSource source = fixture.Source(server.Address);
        await source.FetchAsync(CancellationToken.None);

        await ProbedAs(DestinationHealth.Healthy);
        UpstreamResponse response = Assert.Single(await source.FetchAsync(CancellationToken.None));
        Assert.Equal($"{ServerAddress.Show(server.Address)}/.well-known/openid-configuration: responded with 404, expected 200", response.Fault!.Message);

        responses["/readyz"] = SourceFixture.Response("500 Internal Server Error\nContent-Length: 0");
        await ProbedAs(DestinationHealth.Unhealthy);
        response = Assert.Single(await source.FetchAsync(CancellationToken.None));
        Assert.Equal($"{ServerAddress.Show(server.Address)}/.well-known/openid-configuration: responded with 404, expected 200", response.Fault!.Message);

        string probe = server.Requests.First(request => RawTlsServer.PathOf(request) == "/readyz");
        Assert.Contains("Authorization: Bearer the-token\r\n", probe, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_whose_probe_fails_is_queried_all_the_same()
    {
        Dictionary<string, byte[]> responses = SourceFixture.Responses();
        responses["/readyz"] = Recorded.Raw("error-403-unbound-user");
        await using RawTlsServer server = fixture.Server(RawTlsServer.Replay(responses));
        await using IDocumentSource source = fixture.Source(server.Address);
        await source.FetchAsync(CancellationToken.None);

        await ProbedAs(DestinationHealth.Unhealthy);

        Assert.NotNull(Assert.Single(await source.FetchAsync(CancellationToken.None)).Documents);
    }

    private async Task ProbedAs(DestinationHealth health)
    {
        using CancellationTokenSource waitLimit = new(TimeSpan.FromSeconds(20));
        while (fixture.Sources.Health() is not [{ Probe: var probe }] || probe != health)
        {
            waitLimit.Token.ThrowIfCancellationRequested();
            fixture.Time.Advance(TimeSpan.FromSeconds(30));
            await Task.Delay(TimeSpan.FromMilliseconds(20), waitLimit.Token);
        }
    }
}
