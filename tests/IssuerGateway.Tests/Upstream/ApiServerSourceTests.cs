using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Tests.Kubernetes;
using IssuerGateway.Upstream;
using Yarp.ReverseProxy.Model;

namespace IssuerGateway.Tests.Upstream;

public sealed class ApiServerSourceTests : IAsyncDisposable
{
    private readonly SourceFixture fixture = new();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Theory]
    [InlineData("discovery-default-jwks-uri", "jwks-one-rsa")]
    [InlineData("discovery-path-issuer", "jwks-two-rsa-rotated")]
    [InlineData("discovery-public-jwks-uri-rs256-es256", "jwks-two-rsa-one-ec")]
    [InlineData("discovery-two-issuers-first-wins", "jwks-accept-encoding-gzip")]
    public async Task Hands_on_recorded_documents_byte_for_byte(string discovery, string keySet)
    {
        await using RawTlsServer server = fixture.Server(Recorded.Raw(discovery), Recorded.Raw(keySet));
        await using IDocumentSource source = fixture.Source(server.Address);

        UpstreamResponse response = Assert.Single(await source.FetchAsync(CancellationToken.None));

        Assert.Null(response.Fault);
        Assert.Equal(ServerAddress.Show(server.Address), response.Server);
        Assert.Equal(Recorded.Body(discovery), response.Documents!.Discovery.ToArray());
        Assert.Equal(Recorded.Body(keySet), response.Documents.KeySet.ToArray());
        Assert.Equal(TimeSpan.FromSeconds(3600), response.Documents.MaxAge);
    }

    [Fact]
    public async Task Sends_two_plain_requests_over_one_connection_that_is_new_at_each_refresh()
    {
        await using RawTlsServer server = fixture.Server();
        await using IDocumentSource source = fixture.Source(server.Address);

        await source.FetchAsync(CancellationToken.None);
        Assert.Equal(1, server.Connections);
        await source.FetchAsync(CancellationToken.None);

        Assert.Equal(2, server.Connections);
        string host = $"127.0.0.1:{server.Address.Port}";
        string[] pair =
        [
            $"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nUser-Agent: issuer-gateway\r\nAuthorization: Bearer the-token\r\n\r\n",
            $"GET /openid/v1/jwks HTTP/1.1\r\nHost: {host}\r\nAccept: application/jwk-set+json\r\nUser-Agent: issuer-gateway\r\nAuthorization: Bearer the-token\r\n\r\n",
        ];
        Assert.Equal([.. pair, .. pair], server.Requests);
    }

    [Fact]
    public async Task Never_queries_the_URL_that_the_discovery_document_advertises()
    {
        byte[] body = Encoding.ASCII.GetBytes("""{"issuer":"https://a.example","jwks_uri":"https://127.0.0.1:1/other"}""");
        await using RawTlsServer server = fixture.Server(
            SourceFixture.Response($"200 OK\nContent-Type: application/json\nContent-Length: {body.Length}", Encoding.ASCII.GetString(body)));
        await using IDocumentSource source = fixture.Source(server.Address);

        UpstreamResponse response = Assert.Single(await source.FetchAsync(CancellationToken.None));

        Assert.NotNull(response.Documents);
        Assert.Equal(["/.well-known/openid-configuration", "/openid/v1/jwks"], server.Requests.Select(RawTlsServer.PathOf));
    }

    [Theory]
    [InlineData("public, max-age=3600", "max-age=60", 60)]
    [InlineData("max-age=0", "max-age=60", 0)]
    [InlineData("max-age=5", null, 5)]
    [InlineData(null, "no-cache", null)]
    [InlineData(null, null, null)]
    public async Task Tells_the_smaller_max_age(string? discovery, string? keySet, int? seconds)
    {
        static byte[] With(string? cacheControl, string type) =>
            SourceFixture.Response($"200 OK\nContent-Type: {type}{(cacheControl is null ? "" : $"\nCache-Control: {cacheControl}")}\nContent-Length: 2", "{}");
        await using RawTlsServer server = fixture.Server(With(discovery, "application/json"), With(keySet, "application/jwk-set+json; charset=utf-8"));
        await using IDocumentSource source = fixture.Source(server.Address);

        UpstreamResponse response = Assert.Single(await source.FetchAsync(CancellationToken.None));

        Assert.Equal(seconds, (int?)response.Documents!.MaxAge?.TotalSeconds);
    }

    [Fact]
    public async Task Queries_all_servers_at_the_same_time()
    {
        TaskCompletionSource both = new();
        int waiting = 0;
        Task<bool> WaitForTheOther(string head, Stream connection, CancellationToken cancellationToken) => RespondAsync();
        async Task<bool> RespondAsync()
        {
            if (Interlocked.Increment(ref waiting) == 2)
            {
                both.SetResult();
            }

            await both.Task;
            return false;
        }

        await using RawTlsServer first = fixture.Server(WaitForTheOther);
        await using RawTlsServer second = fixture.Server(WaitForTheOther);
        await using IDocumentSource source = fixture.Source(first.Address, second.Address);

        IReadOnlyList<UpstreamResponse> responses = await source.FetchAsync(CancellationToken.None);

        Assert.Equal(["truncated", "truncated"], responses.Select(response => response.Fault?.Code));
    }

    [Fact]
    public async Task One_broken_server_does_not_hide_a_good_one_and_comes_last_from_then_on()
    {
        await using RawTlsServer broken = fixture.Server(Recorded.Raw("error-403-unbound-user"));
        await using RawTlsServer good = fixture.Server();
        await using IDocumentSource source = fixture.Source(broken.Address, good.Address);

        IReadOnlyList<UpstreamResponse> first = await source.FetchAsync(CancellationToken.None);
        IReadOnlyList<UpstreamResponse> second = await source.FetchAsync(CancellationToken.None);

        Assert.Equal([broken.Address, good.Address], first.Select(response => new Uri(response.Server)));
        Assert.Equal([good.Address, broken.Address], second.Select(response => new Uri(response.Server)));
        Assert.Equal((2, 4), (broken.Requests.Count, good.Requests.Count));
        Assert.Equal(
            [DestinationHealth.Unhealthy, DestinationHealth.Healthy],
            fixture.Sources.Health().Select(health => health.Fetch));
    }

    [Fact]
    public async Task Queries_by_the_stated_name_and_checks_it()
    {
        await using RawTlsServer server = fixture.Server();
        await using IDocumentSource source = fixture.Source("kubernetes", server.Address);

        Assert.NotNull(Assert.Single(await source.FetchAsync(CancellationToken.None)).Documents);

        Assert.Equal("kubernetes", server.ServerNameRequested);
        Assert.All(server.Requests, request => Assert.Contains("\r\nHost: kubernetes\r\n", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_CA_in_the_file_is_trusted_from_the_next_refresh_on()
    {
        using ClusterCa next = new("next");
        await using RawTlsServer server = new(next.Server("127.0.0.1"), RawTlsServer.Replay(SourceFixture.Responses()));
        await using IDocumentSource source = fixture.Source(server.Address);
        Assert.Equal("tls-untrusted", Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault?.Code);

        await File.WriteAllTextAsync(fixture.TrustFile, fixture.Ca.Pem + "\n" + next.Pem);

        Assert.NotNull(Assert.Single(await source.FetchAsync(CancellationToken.None)).Documents);
    }

    [Fact]
    public async Task A_token_that_has_just_been_rotated_is_read_again_at_once()
    {
        await using RawTlsServer server = fixture.Server(async (head, connection, cancellationToken) =>
        {
            bool known = head.Contains("Authorization: Bearer rotated\r\n", StringComparison.Ordinal);
            await connection.WriteAsync(known ? SourceFixture.Responses()[RawTlsServer.PathOf(head)] : Recorded.Raw("error-401-no-credentials"), cancellationToken);
            return true;
        });
        await using IDocumentSource source = fixture.Source(server.Address);
        Assert.Equal("unauthorized", Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault?.Code);
        Assert.Single(server.Requests);

        // The first read is younger than a minute: only the rejection makes it read the file.
        await File.WriteAllTextAsync(fixture.TokenFile, "rotated");

        Assert.NotNull(Assert.Single(await source.FetchAsync(CancellationToken.None)).Documents);
        Assert.Equal(
            ["the-token", "the-token", "rotated", "rotated"],
            server.Requests.Select(request => request.Split("Bearer ")[1].Split("\r\n")[0]));
    }

    [Fact]
    public async Task Cancellation_ends_a_fetch()
    {
        using CancellationTokenSource stop = new();
        await using RawTlsServer server = fixture.Server(async (_, _, cancellationToken) =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return false;
        });
        await using IDocumentSource source = fixture.Source(server.Address);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => source.FetchAsync(stop.Token));
    }

    [Fact]
    public async Task A_client_certificate_is_presented()
    {
        using X509Certificate2 client = fixture.Ca.Client("gateway");
        using TemporaryDirectory directory = new();
        await File.WriteAllTextAsync(directory.File("crt"), client.ExportCertificatePem());
        await File.WriteAllTextAsync(directory.File("key"), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await using RawTlsServer server = fixture.Server();
        await using IDocumentSource source = fixture.Sources.Create(
            new ExplicitUpstream
            {
                Servers = [server.Address],
                TrustFile = fixture.TrustFile,
                TokenFile = null,
                ClientCertificateFiles = (directory.File("crt"), directory.File("key")),
                ServerName = null,
            },
            "https://other.example.test",
            "");

        Assert.NotNull(Assert.Single(await source.FetchAsync(CancellationToken.None)).Documents);

        Assert.Equal(client.Thumbprint, server.ClientThumbprint);
        Assert.All(server.Requests, request => Assert.DoesNotContain("Authorization", request, StringComparison.Ordinal));
    }
}
