using System.Text;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Kubernetes.Trust;
using IssuerGateway.Tests.Upstream;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Kubernetes.Objects;

public sealed class EndpointSliceServersTests : IDisposable
{
    private const string Path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes&limit=32";
    private const string Hint = "hint: allow list on endpointslices.discovery.k8s.io in the namespace default";

    private readonly ClusterCa ca = new();
    private readonly FakeTimeProvider time = new();
    private readonly CapturedLog log = new();
    private readonly EndpointSliceServers servers;
    private byte[] response = [];

    public EndpointSliceServersTests() => servers = new EndpointSliceServers(time, log.For<EndpointSliceServers>());

    public void Dispose() => ca.Dispose();

    [Fact]
    public async Task Lists_every_ready_address_with_the_https_port_in_a_steady_order()
    {
        response = Json("""
            {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSliceList","metadata":{"resourceVersion":"1"},"items":[
              {"metadata":{"name":"kubernetes"},"addressType":"IPv4","ports":[{"name":"https","port":6443,"protocol":"TCP"},{"name":"metrics","port":9100}],
               "endpoints":[{"addresses":["10.0.0.2"],"conditions":{"ready":true}},{"addresses":["10.0.0.1"],"conditions":{}},{"addresses":["10.0.0.3"],"conditions":{"ready":false}}]},
              {"metadata":{"name":"kubernetes-v6"},"addressType":"IPv6","ports":[{"name":"https","port":6443}],"endpoints":[{"addresses":["2001:db8::1"]}]},
              {"metadata":{"name":"again"},"addressType":"IPv4","ports":[{"name":"https","port":6443}],"endpoints":[{"addresses":["10.0.0.1"]}]},
              {"metadata":{"name":"named"},"addressType":"FQDN","ports":[{"name":"https","port":6443}],"endpoints":[{"addresses":["api.example"]}]}]}
            """);
        await using RawTlsServer server = Server();

        Assert.Equal(["https://10.0.0.1:6443", "https://10.0.0.2:6443", "https://[2001:db8::1]:6443"], await Read(server));

        string request = Assert.Single(server.Requests);
        Assert.Equal($"GET {Path} HTTP/1.1", request.Split("\r\n")[0]);
        Assert.Contains("\r\nAuthorization: Bearer pod-token\r\n", request, StringComparison.Ordinal);
        Assert.Equal("kubernetes.default.svc", server.ServerNameRequested);
        Assert.Null(servers.Fallback);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task When_forbidden_the_service_address_is_queried_and_that_is_said_once()
    {
        response = Recorded.Raw("error-403-unbound-user");
        await using RawTlsServer server = Server();

        Assert.Equal([ServerAddress.Show(server.Address)], await Read(server));
        Assert.Equal([ServerAddress.Show(server.Address)], await Read(server));

        Assert.Equal("forbidden", servers.Fallback);
        Assert.Equal([$"Warning: EndpointSlices of default/kubernetes cannot be listed (forbidden): only the service address is queried. {Hint}"], log.Lines);

        response = OneServer;
        Assert.Equal(["https://10.0.0.9:6443"], await Read(server));
        Assert.Equal("Information: EndpointSlices of default/kubernetes are read: every API server is queried at its own address", log.Lines[^1]);
    }

    [Theory]
    [InlineData("error-401-no-credentials", "responded with 401")]
    [InlineData("readyz", "no usable response")]
    public async Task In_other_trouble_the_last_good_list_stays(string recorded, string reason)
    {
        response = OneServer;
        await using RawTlsServer server = Server();
        await Read(server);

        response = Recorded.Raw(recorded);

        Assert.Equal(["https://10.0.0.9:6443"], await Read(server));
        Assert.Equal([$"Warning: EndpointSlices of default/kubernetes cannot be listed ({reason}): the servers of the last good list are queried. hint: look at the API server behind the service address: kubectl -n default get endpointslices -l kubernetes.io/service-name=kubernetes"], log.Lines);
    }

    [Fact]
    public async Task An_empty_list_is_no_list()
    {
        response = Json("""{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSliceList","metadata":{},"items":[]}""");
        await using RawTlsServer server = Server();

        Assert.Equal([ServerAddress.Show(server.Address)], await Read(server));
        Assert.Equal("no ready endpoint listed", servers.Fallback);
    }

    [Fact]
    public async Task A_server_of_another_CA_is_not_believed_and_gets_no_token()
    {
        using ClusterCa other = new();
        response = OneServer;
        await using RawTlsServer server = new(other.Server("kubernetes.default.svc"), Response);

        Assert.Equal([ServerAddress.Show(server.Address)], await Read(server));
        Assert.StartsWith($"{ServerAddress.Show(server.Address)}: the server's certificate does not lead to the cluster's CA (", servers.Fallback, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_server_of_this_CA_with_another_name_is_not_believed_and_gets_no_token()
    {
        response = OneServer;
        await using RawTlsServer server = new(ca.Server("etcd"), Response);

        await Read(server);

        Assert.Equal($"{ServerAddress.Show(server.Address)}: the server's certificate is for \"etcd\", expected \"kubernetes.default.svc\"", servers.Fallback);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_list_that_does_not_come_costs_five_seconds()
    {
        TaskCompletionSource requested = new();
        await using RawTlsServer server = new(ca.Server("kubernetes.default.svc"), async (_, _, cancellationToken) =>
        {
            requested.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return false;
        });
        Task<IReadOnlyList<string>> read = Read(server);
        await requested.Task;

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([ServerAddress.Show(server.Address)], await read);
        Assert.Equal("timeout", servers.Fallback);
    }

    private static byte[] OneServer => Json("""
        {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSliceList","metadata":{},"items":[
          {"metadata":{"name":"kubernetes"},"addressType":"IPv4","ports":[{"name":"https","port":6443}],"endpoints":[{"addresses":["10.0.0.9"]}]}]}
        """);

    private RawTlsServer Server() => new(ca.Server("kubernetes.default.svc"), Response);

    private async Task<bool> Response(string head, Stream connection, CancellationToken cancellationToken)
    {
        await connection.WriteAsync(response, cancellationToken);
        return false;
    }

    private async Task<IReadOnlyList<string>> Read(RawTlsServer server)
    {
        ApiServerAccess access = new()
        {
            Servers = [server.Address],
            DiscoversServers = true,
            Trust = TrustAnchors.Parse(Encoding.ASCII.GetBytes(ca.Pem), "ca", out _)!,
            ServerName = "kubernetes.default.svc",
            Token = new InlineToken("pod-token"),
        };
        return [.. (await servers.ReadAsync(access, CancellationToken.None)).Select(ServerAddress.Show)];
    }

    private static byte[] Json(string body) =>
        SourceFixture.Response($"200 OK\nContent-Type: application/json\nContent-Length: {Encoding.UTF8.GetByteCount(body)}", body);
}
