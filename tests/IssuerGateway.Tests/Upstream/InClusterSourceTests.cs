using System.Text;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Upstream;

/// <summary>The way from the service account of a pod to every API server of its cluster.</summary>
public sealed class InClusterSourceTests : IAsyncDisposable
{
    private readonly SourceFixture fixture = new();
    private readonly CapturedLog log = new();
    private readonly ApiServerClusters clusters = new(SourceFixture.WithoutProbes, new FakeTimeProvider(), NullLoggerFactory.Instance);

    public async ValueTask DisposeAsync()
    {
        await clusters.DisposeAsync();
        await fixture.DisposeAsync();
    }

    [Fact]
    public async Task Queries_each_server_that_the_EndpointSlices_list_and_follows_them()
    {
        await using RawTlsServer first = PodNetwork(SourceFixture.Responses());
        await using RawTlsServer second = PodNetwork(SourceFixture.Responses(keySet: Recorded.Raw("jwks-one-rsa")));
        Dictionary<string, byte[]> service = Listing(first, second);
        await using RawTlsServer address = PodNetwork(service);
        await using ApiServerSource source = Source(address);

        IReadOnlyList<UpstreamResponse> both = await source.FetchAsync(CancellationToken.None);
        service[SlicesPath] = Listing(second)[SlicesPath];
        IReadOnlyList<UpstreamResponse> one = await source.FetchAsync(CancellationToken.None);

        Assert.Equal(Shown(first, second), both.Select(response => response.Server).Order(StringComparer.Ordinal));
        Assert.All(both, response => Assert.NotNull(response.Documents));
        Assert.Equal(Shown(second), one.Select(response => response.Server));
        Assert.Equal(Shown(second), clusters.Health().Select(health => health.Server));
        Assert.Equal("the API servers of this cluster", source.Description);
        Assert.Equal("kubernetes.default.svc", first.ServerNameRequested);
        Assert.Equal([SlicesPath, SlicesPath], address.Requests.Select(request => RawTlsServer.PathOf(request).Split('?')[0]));
    }

    [Fact]
    public async Task Queries_the_service_address_and_says_so_where_the_list_is_forbidden()
    {
        Dictionary<string, byte[]> responses = SourceFixture.Responses();
        responses[SlicesPath] = Recorded.Raw("error-403-unbound-user");
        await using RawTlsServer address = PodNetwork(responses);
        await using ApiServerSource source = Source(address);

        UpstreamResponse response = Assert.Single(await source.FetchAsync(CancellationToken.None));

        Assert.Equal(ServerAddress.Show(address.Address), response.Server);
        Assert.NotNull(response.Documents);
        Assert.Equal("the API servers of this cluster (EndpointSlices of default/kubernetes cannot be listed: forbidden)", source.Description);
        Assert.Single(log.Lines);
    }

    [Fact]
    public async Task Servers_whose_certificate_has_the_service_s_address_alone_are_believed_like_by_client_go()
    {
        Dictionary<string, byte[]> responses = SourceFixture.Responses();
        responses[SlicesPath] = Recorded.Raw("error-403-unbound-user");
        await using RawTlsServer byAddress = PodNetwork(responses, "127.0.0.1");
        await using ApiServerSource source = Source(byAddress);

        Assert.Null(Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault);
        Assert.Equal("kubernetes.default.svc", byAddress.ServerNameRequested);

        await using RawTlsServer elsewhere = PodNetwork(responses, "10.96.0.1");
        await using ApiServerSource other = Source(elsewhere);
        Assert.Equal("tls-name-mismatch", Assert.Single(await other.FetchAsync(CancellationToken.None)).Fault!.Code);
    }

    [Fact]
    public async Task While_every_listed_server_is_out_of_reach_the_service_address_that_listed_them_is_queried_too()
    {
        RawTlsServer gone = PodNetwork(SourceFixture.Responses());
        Dictionary<string, byte[]> service = SourceFixture.Responses();
        service[SlicesPath] = Listing(gone)[SlicesPath];
        await using RawTlsServer address = PodNetwork(service);
        await using ApiServerSource source = Source(address);
        string listed = ServerAddress.Show(gone.Address);
        await gone.DisposeAsync();

        IReadOnlyList<UpstreamResponse> responses = await source.FetchAsync(CancellationToken.None);

        Assert.Equal("connect-failed", responses.Single(response => response.Server == listed).Fault!.Code);
        Assert.NotNull(responses.Single(response => response.Server == ServerAddress.Show(address.Address)).Documents);

        // One that responds, with whatever, is what the list says; nothing else is queried.
        await using RawTlsServer living = PodNetwork(new() { ["/.well-known/openid-configuration"] = Recorded.Raw("error-403-unbound-user") });
        service[SlicesPath] = Listing(living)[SlicesPath];
        Assert.Equal(ServerAddress.Show(living.Address), Assert.Single(await source.FetchAsync(CancellationToken.None)).Server);
    }

    private const string SlicesPath = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

    private RawTlsServer PodNetwork(Dictionary<string, byte[]> responses, string name = "kubernetes.default.svc") => new(
        fixture.Ca.Server(name),
        async (head, connection, cancellationToken) =>
        {
            await connection.WriteAsync(responses[RawTlsServer.PathOf(head).Split('?')[0]], cancellationToken);
            return true;
        });

    private ApiServerSource Source(RawTlsServer service)
    {
        // The fixture's directory holds ca.crt and token, as the service account's does.
        InClusterAccess access = new(Path.GetDirectoryName(fixture.TokenFile)!, service.Address.Host, $"{service.Address.Port}", fixture.Time);
        return new ApiServerSource(
            SourceFixture.Issuer, access, new EndpointSliceServers(fixture.Time, log.For<EndpointSliceServers>()), clusters, new DocumentFetcher(SourceFixture.WithoutProbes, fixture.Time));
    }

    private static IEnumerable<string> Shown(params RawTlsServer[] servers) =>
        servers.Select(server => ServerAddress.Show(server.Address)).Order(StringComparer.Ordinal);

    private static Dictionary<string, byte[]> Listing(params RawTlsServer[] servers)
    {
        string items = string.Join(',', servers.Select((server, i) =>
            $$"""{"metadata":{"name":"s{{i}}"},"addressType":"IPv4","ports":[{"name":"https","port":{{server.Address.Port}}}],"endpoints":[{"addresses":["127.0.0.1"]}]}"""));
        string body = $$"""{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSliceList","metadata":{},"items":[{{items}}]}""";
        return new() { [SlicesPath] = SourceFixture.Response($"200 OK\nContent-Type: application/json\nContent-Length: {Encoding.ASCII.GetByteCount(body)}", body) };
    }
}
