using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Tests.Kubernetes;

namespace IssuerGateway.Tests.Upstream;

/// <summary>Every way in which an API server, or what stands in its place, can fail to give the pair.</summary>
public sealed class ApiServerFaultTests : IAsyncDisposable
{
    private const string WrongPlace = "something else than an API server responds at this address: correct the address";

    private readonly SourceFixture fixture = new();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Theory]
    [InlineData("error-401-no-credentials", "unauthorized", 401,
        "the API server does not know the token or client certificate: check that it is for this cluster, not expired, and that the token file is re-mounted (a subPath mount is never updated)")]
    [InlineData("error-403-unbound-user", "forbidden", 403, "bind the ClusterRole system:service-account-issuer-discovery to the ServiceAccount or user of the gateway")]
    [InlineData("error-404-non-https-issuer", "not-found", 404, "the API server publishes nothing: its first --service-account-issuer must be an https URL without query and fragment")]
    [InlineData("error-406-accept-json", "not-acceptable", 406, "an intermediary changes the Accept header: connect to the API server directly")]
    [InlineData("post-jwks", "unexpected-status", 405, "something else than an API server may respond at this address: correct the address")]
    public async Task A_recorded_error_is_named_and_never_quoted(string recorded, string code, int status, string hint)
    {
        await using RawTlsServer server = fixture.Server(keySet: Recorded.Raw(recorded));

        Assert.Equal(new FetchFault(code, $"{KeySet(server)}: responded with {status}, expected 200", hint), await FaultOf(server));
    }

    [Fact]
    public async Task A_pair_of_which_one_is_forbidden_is_no_pair()
    {
        await using RawTlsServer server = fixture.Server(discovery: Recorded.Raw("error-403-unbound-user"));

        Assert.Equal($"{Discovery(server)}: responded with 403, expected 200", (await FaultOf(server)).Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using RawTlsServer other = fixture.Server();
        await using RawTlsServer server = fixture.Server(keySet: SourceFixture.Response($"302 Found\nLocation: {other.Address}openid/v1/jwks\nContent-Length: 0"));

        Assert.Equal(
            new FetchFault("redirect", $"{KeySet(server)}: responded with 302, expected 200", "redirects are never followed: give the address of the API server itself"),
            await FaultOf(server));
        Assert.Equal(0, other.Connections);
    }

    [Theory]
    [InlineData("text/html; charset=utf-8")]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task A_200_that_is_not_JSON_is_a_fault(string? type)
    {
        const string page = "<html>Please log in</html>";
        await using RawTlsServer server = fixture.Server(
            keySet: SourceFixture.Response($"200 OK{(type is null ? "" : $"\nContent-Type: {type}")}\nContent-Length: {page.Length}", page));

        Assert.Equal(
            new FetchFault("wrong-content-type", $"{KeySet(server)}: responded with 200 and another content type, expected application/jwk-set+json",
                "something else than an API server responds at this address, such as a load balancer or a login page: correct the address"),
            await FaultOf(server));
    }

    [Fact]
    public async Task A_compressed_response_is_a_fault_because_none_was_requested()
    {
        await using RawTlsServer server = fixture.Server(
            keySet: SourceFixture.Response("200 OK\nContent-Type: application/jwk-set+json\nContent-Encoding: gzip\nContent-Length: 2", "{}"));

        Assert.Equal(
            new FetchFault("content-encoded", $"{KeySet(server)}: responded with a content encoding that was not requested", "an intermediary compresses the responses: connect to the API server directly"),
            await FaultOf(server));
    }

    [Theory]
    [InlineData("Content-Length: 262145")]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("Connection: close")]
    public async Task A_body_over_256_KiB_is_rejected_with_and_without_a_stated_length(string framing)
    {
        string body = new(' ', 262145);
        string sent = framing.StartsWith("Transfer", StringComparison.Ordinal) ? $"{body.Length:x}\r\n{body}\r\n0\r\n\r\n" : body;
        await using RawTlsServer server = fixture.Server(Then(false,
            SourceFixture.Response($"200 OK\nContent-Type: application/json\n{framing}", sent)));

        Assert.Equal(
            new FetchFault("oversize", $"{Discovery(server)}: larger than the 262144 bytes allowed",
                "something else than an API server responds at this address, or it publishes far more keys than the hundred that are allowed"),
            await FaultOf(server));
    }

    [Theory]
    [InlineData("Content-Length: 262144")]
    [InlineData("Connection: close")]
    public async Task A_body_of_256_KiB_is_taken(string framing)
    {
        byte[] full = SourceFixture.Response($"200 OK\nContent-Type: application/json\n{framing}", new string(' ', 262144));
        await using RawTlsServer server = fixture.Server(Then(false, full));
        await using IDocumentSource source = fixture.Source(server.Address);

        Assert.Equal(262144, Assert.Single(await source.FetchAsync(CancellationToken.None)).Documents?.KeySet.Length);
    }

    [Theory]
    [InlineData("200 OK\nContent-Type: application/json\nContent-Length: 100", "{\"keys\":[")]
    [InlineData("200 OK\nContent-Type: application/json\nTransfer-Encoding: chunked", "5\r\n{\"key")]
    public async Task A_truncated_response_is_a_fault(string head, string body)
    {
        await using RawTlsServer server = fixture.Server(Then(false, SourceFixture.Response(head, body)));

        Assert.Equal(
            new FetchFault("truncated", $"{Discovery(server)}: the connection ended within the response",
                "the API server or something before it restarts or cuts connections; if it stays so, look there"),
            await FaultOf(server));
    }

    [Fact]
    public async Task A_response_cut_within_its_head_is_truncated_too()
    {
        await using RawTlsServer server = fixture.Server(Then(false, Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Ty")));

        Assert.Equal("truncated", (await FaultOf(server)).Code);
    }

    [Fact]
    public async Task A_response_that_is_not_HTTP_is_a_fault()
    {
        await using RawTlsServer server = fixture.Server(Then(false, Encoding.ASCII.GetBytes("SSH-2.0-OpenSSH_9.9\r\n\r\n\r\n")));

        Assert.Equal(new FetchFault("invalid-response", $"{Discovery(server)}: the response is not HTTP/1.1", WrongPlace), await FaultOf(server));
    }

    [Fact]
    public async Task Headers_over_32_KiB_are_rejected()
    {
        await using RawTlsServer server = fixture.Server(Then(false, SourceFixture.Response($"200 OK\nX-Long: {new string('a', 40000)}")));

        Assert.Equal(new FetchFault("oversize", $"{Discovery(server)}: larger headers than the 32 KiB allowed", WrongPlace), await FaultOf(server));
    }

    [Fact]
    public async Task A_server_that_never_responds_costs_five_seconds()
    {
        TaskCompletionSource requested = new();
        await using RawTlsServer server = fixture.Server(async (_, _, cancellationToken) =>
        {
            requested.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return false;
        });
        await using IDocumentSource source = fixture.Source(server.Address);
        Task<IReadOnlyList<UpstreamResponse>> fetch = source.FetchAsync(CancellationToken.None);
        await requested.Task;

        fixture.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(fetch.IsCompleted);
        fixture.Time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(Slow(server), Assert.Single(await fetch).Fault);
    }

    [Fact]
    public async Task Bytes_that_drip_in_do_not_prolong_it()
    {
        SemaphoreSlim drip = new(0);
        SemaphoreSlim dripped = new(0);
        await using RawTlsServer server = fixture.Server(async (_, connection, cancellationToken) =>
        {
            await connection.WriteAsync(SourceFixture.Response("200 OK\nContent-Type: application/json\nContent-Length: 1000"), cancellationToken);
            while (true)
            {
                dripped.Release();
                await drip.WaitAsync(cancellationToken);
                await connection.WriteAsync(" "u8.ToArray(), cancellationToken);
            }
        });
        await using IDocumentSource source = fixture.Source(server.Address);
        Task<IReadOnlyList<UpstreamResponse>> fetch = source.FetchAsync(CancellationToken.None);

        for (int second = 1; second <= 5; second++)
        {
            await dripped.WaitAsync();
            drip.Release();
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(Slow(server), Assert.Single(await fetch).Fault);
    }

    [Fact]
    public async Task A_server_that_takes_connections_and_says_nothing_is_given_up_early()
    {
        await using SourceFixture quick = new(SourceFixture.WithoutProbes with { Connect = TimeSpan.FromMilliseconds(200) });
        await using RawTlsServer server = new(certificate: null, Then(false, []));
        await using IDocumentSource source = quick.Source(server.Address);

        Assert.Equal(
            new FetchFault("timeout", $"{Discovery(server)}: no TLS connection within 200ms", "check the route and the firewall between the gateway and the API server"),
            Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_fault()
    {
        Uri gone;
        await using (RawTlsServer server = fixture.Server())
        {
            gone = server.Address;
        }

        await using IDocumentSource source = fixture.Source(gone);

        Assert.Equal(
            new FetchFault("connect-failed", $"{ServerAddress.Show(gone)}/.well-known/openid-configuration: no connection",
                "check that the API server runs, the port, and the firewall between the gateway and it"),
            Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault);
    }

    [Fact]
    public async Task A_host_that_no_DNS_server_knows_is_a_fault()
    {
        await using IDocumentSource source = fixture.Source(new Uri("https://api.invalid:6443"));

        Assert.Equal("connect-failed", Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault?.Code);
    }

    [Fact]
    public async Task A_certificate_of_another_CA_is_rejected_before_the_token_is_sent()
    {
        using ClusterCa other = new();
        await using RawTlsServer server = new(other.Server("127.0.0.1"), RawTlsServer.Replay(SourceFixture.Responses()));

        FetchFault fault = await FaultOf(server);

        Assert.Equal("tls-untrusted", fault.Code);
        Assert.StartsWith($"{Discovery(server)}: the server's certificate does not lead to the cluster's CA (", fault.Message, StringComparison.Ordinal);
        Assert.Equal("give the CA of this cluster (Upstream:CaFile, kubeconfig: certificate-authority); behind a TLS-terminating proxy connect to the API server directly", fault.Hint);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_rejected_before_the_token_is_sent()
    {
        await using RawTlsServer server = new(fixture.Ca.Server("kubernetes", "10.96.0.1"), RawTlsServer.Replay(SourceFixture.Responses()));

        Assert.Equal(
            new FetchFault("tls-name-mismatch", $"{Discovery(server)}: the server's certificate is for \"kubernetes\", \"10.96.0.1\", expected \"127.0.0.1\"",
                "set Upstream:ServerName (kubeconfig: tls-server-name) to a name in the certificate, or reach the server by one"),
            await FaultOf(server));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_wrong_name_and_a_wrong_CA_together_are_rejected()
    {
        using ClusterCa other = new();
        await using RawTlsServer server = new(other.Server("elsewhere"), RawTlsServer.Replay(SourceFixture.Responses()));

        Assert.Equal("tls-untrusted", (await FaultOf(server)).Code);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task An_expired_certificate_and_one_for_clients_are_rejected()
    {
        await using RawTlsServer expired = new(fixture.Ca.Expired("127.0.0.1"), RawTlsServer.Replay(SourceFixture.Responses()));
        await using RawTlsServer client = new(fixture.Ca.Client("127.0.0.1"), RawTlsServer.Replay(SourceFixture.Responses()));

        FetchFault outOfTime = await FaultOf(expired);
        Assert.Equal("tls-untrusted", outOfTime.Code);
        Assert.Contains(": the server's certificate is valid from ", outOfTime.Message, StringComparison.Ordinal);
        Assert.Contains("Z, and this machine's clock says ", outOfTime.Message, StringComparison.Ordinal);
        Assert.Equal("correct the clock of this machine (NTP), or renew the API server's certificate (kubeadm certs check-expiration)", outOfTime.Hint);
        Assert.EndsWith("(NotValidForUsage)", (await FaultOf(client)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_and_an_empty_token_file_are_faults_and_nothing_is_sent()
    {
        const string hint = "mount a projected serviceAccountToken there, or give the path of a file that holds a bearer token";
        await using RawTlsServer server = fixture.Server();

        File.Delete(fixture.TokenFile);
        Assert.Equal(new FetchFault("token-missing", $"{fixture.TokenFile}: no such token file", hint), await FaultOf(server));

        await File.WriteAllTextAsync(fixture.TokenFile, "\n");
        Assert.Equal(new FetchFault("token-empty", $"{fixture.TokenFile}: the token file is empty", hint), await FaultOf(server));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_missing_CA_file_is_a_fault_of_the_source()
    {
        File.Delete(fixture.TrustFile);
        await using RawTlsServer server = fixture.Server();
        await using IDocumentSource source = fixture.Source(server.Address);

        UpstreamResponse response = Assert.Single(await source.FetchAsync(CancellationToken.None));

        Assert.Equal(source.Description, response.Server);
        Assert.Equal(("file-missing", $"{fixture.TrustFile}: no such file"), (response.Fault?.Code, response.Fault?.Message));
        Assert.Equal(0, server.Connections);
    }

    private async Task<FetchFault> FaultOf(RawTlsServer server)
    {
        await using IDocumentSource source = fixture.Source(server.Address);
        UpstreamResponse response = Assert.Single(await source.FetchAsync(CancellationToken.None));
        Assert.Null(response.Documents);
        Assert.Contains(response.Fault!.Code, FaultCode.All);
        return response.Fault;
    }

    private static FetchFault Slow(RawTlsServer server) => new("timeout", $"{Discovery(server)}: no whole response within 5s",
        "the API server accepts connections but responds too slowly: look at its load");

    private static string Discovery(RawTlsServer server) => $"{ServerAddress.Show(server.Address)}/.well-known/openid-configuration";

    private static string KeySet(RawTlsServer server) => $"{ServerAddress.Show(server.Address)}/openid/v1/jwks";

    private static RawResponse Then(bool keepOpen, byte[] bytes) => async (_, connection, cancellationToken) =>
    {
        await connection.WriteAsync(bytes, cancellationToken);
        return keepOpen;
    };
}
