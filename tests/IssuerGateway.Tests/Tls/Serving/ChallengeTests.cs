using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving.Challenges;

namespace IssuerGateway.Tests.Tls.Serving;

public sealed class ChallengeTests : IDisposable
{
    private static readonly SslApplicationProtocol acmeTls = new("acme-tls/1");
    private static readonly PendingChallenge http = new() { Type = "http-01", Host = "a.example.test", Token = "tok_en-1", KeyAuthorization = "tok_en-1.thumbprint" };
    private static readonly PendingChallenge tls = new() { Type = "tls-alpn-01", Host = "a.example.test", Token = "token", KeyAuthorization = "token.thumbprint" };

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Responds_to_HTTP_01_with_any_host_and_as_often_as_requested()
    {
        await using TlsFixture server = await StartAsync(http);

        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage response = await GetAsync(server, "/.well-known/acme-challenge/tok_en-1", HttpMethod.Get);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("tok_en-1.thumbprint", await response.Content.ReadAsStringAsync());
            Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.ToString());
        }
    }

    [Theory]
    [InlineData("GET", "/.well-known/acme-challenge/other")]
    [InlineData("GET", "/.well-known/acme-challenge/")]
    [InlineData("GET", "/.well-known/acme-challenge/tok_en-1/")]
    [InlineData("GET", "/.well-known/acme-challenge/..%2Ftok_en-1")]
    [InlineData("GET", "/.well-known/ACME-challenge/tok_en-1")]
    [InlineData("POST", "/.well-known/acme-challenge/tok_en-1")]
    [InlineData("GET", "/")]
    [InlineData("GET", "/.well-known/openid-configuration")]
    public async Task Serves_nothing_else_over_plain_HTTP(string method, string path)
    {
        await using TlsFixture server = await StartAsync(http);

        using HttpResponseMessage response = await GetAsync(server, path, new HttpMethod(method));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    // S10: a cache that keeps the 404 of a path would serve it to the CA or to relying parties.
    [Theory]
    [InlineData("GET", "/.well-known/acme-challenge/other")]
    [InlineData("GET", "/.well-known/acme-challenge/tok_en-1")]
    [InlineData("GET", "/.well-known/openid-configuration")]
    [InlineData("GET", "/openid/v1/jwks")]
    [InlineData("HEAD", "/openid/v1/jwks")]
    [InlineData("POST", "/")]
    public async Task Lets_no_cache_keep_a_response_of_the_plain_port(string method, string path)
    {
        await using TlsFixture server = await StartAsync(http);

        using HttpResponseMessage response = await GetAsync(server, path, new HttpMethod(method));

        Assert.Equal("no-store", response.Headers.GetValues("Cache-Control").Single());
        Assert.Equal(path.EndsWith("tok_en-1", StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Stops_responding_when_the_challenge_has_ended()
    {
        await using TlsFixture server = await StartAsync(http);
        server.Service<ChallengeResponses>().Set([]);

        using HttpResponseMessage response = await GetAsync(server, "/.well-known/acme-challenge/tok_en-1", HttpMethod.Get);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Shows_the_challenge_certificate_to_a_validator_and_closes()
    {
        await using TlsFixture server = await StartAsync(tls);

        for (int i = 0; i < 3; i++)
        {
            (SslStream stream, IReadOnlyList<X509Certificate2> sent) = await server.ConnectAsync("a.example.test", acmeTls);
            await using SslStream closing = stream;

            Assert.Equal("acme-tls/1", stream.NegotiatedApplicationProtocol.ToString());
            X509Certificate2 certificate = Assert.Single(sent);
            Assert.Equal(["a.example.test"], TlsListenerTests.NamesOf(certificate));
            X509Extension extension = certificate.Extensions.Single(each => each.Oid!.Value == "1.3.6.1.5.5.7.1.31");
            Assert.True(extension.Critical);
            Assert.Equal("0420" + Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes("token.thumbprint"))), Convert.ToHexString(extension.RawData));
            Assert.Equal(0, await stream.ReadAsync(new byte[1]));
        }
    }

    [Theory]
    [InlineData("h2", "http/1.1")]
    [InlineData("http/1.1")]
    [InlineData]
    public async Task Shows_the_normal_certificate_to_everybody_else_meanwhile(params string[] protocols)
    {
        await using TlsFixture server = await StartAsync(tls);

        (SslStream stream, IReadOnlyList<X509Certificate2> sent) = await server.ConnectAsync("a.example.test", [.. protocols.Select(name => new SslApplicationProtocol(name))]);

        await using SslStream closing = stream;
        Assert.Equal(server.Certificates.In("a.example.test")!.Thumbprint, sent[0].GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant());
    }

    [Theory]
    [InlineData("other.example.test", true, "unrecognized name")]
    [InlineData("a.example.test", false, "alert no application protocol")]
    public async Task Rejects_a_validator_without_a_pending_challenge_for_the_name(string serverName, bool isPending, string alert)
    {
        await using TlsFixture server = isPending ? await StartAsync(tls) : await StartAsync();

        await server.AssertRejectsAsync(serverName, alert, acmeTls);
        Assert.DoesNotContain(server.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Takes_a_hello_that_comes_in_pieces_while_a_challenge_is_pending(int pieceSize)
    {
        await using TlsFixture server = await StartAsync(tls);

        (SslStream stream, _) = await server.ConnectInPiecesAsync("a.example.test", pieceSize);

        await using SslStream closing = stream;
        Assert.Equal("HTTP/1.1 200 OK", await TlsFixture.QueryAsync(stream));
    }

    // C26: a balancer redirects port 80 to 443 before the first certificate exists.
    [Fact]
    public async Task Responds_to_HTTP_01_over_https_without_a_certificate_and_nothing_else_there()
    {
        await using TlsFixture server = await StartAsync(http with { Host = "new.example.test" });

        Assert.Equal("tok_en-1.thumbprint", (await QueryAsync(server, "new.example.test", "/.well-known/acme-challenge/tok_en-1")).Split("\r\n\r\n")[1]);
        Assert.StartsWith("HTTP/1.1 404", await QueryAsync(server, "new.example.test", "/"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", await QueryAsync(server, "new.example.test", "/.well-known/openid-configuration"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await QueryAsync(server, "a.example.test", "/"), StringComparison.Ordinal);
        await server.AssertRejectsAsync("other.example.test");
        server.Service<ChallengeResponses>().Set([]);
        await server.AssertRejectsAsync("new.example.test");
    }

    // C27: .NET hands out SNI decoded.
    [Fact]
    public async Task Shows_the_challenge_certificate_of_an_internationalized_host()
    {
        await using TlsFixture server = await StartAsync(tls with { Host = "xn--bcher-kva.example.test" });

        (SslStream stream, IReadOnlyList<X509Certificate2> sent) = await server.ConnectAsync("xn--bcher-kva.example.test", acmeTls);

        await using SslStream closing = stream;
        Assert.Contains(sent[0].Extensions, extension => extension.Oid!.Value == "1.3.6.1.5.5.7.1.31");
    }

    private static async Task<string> QueryAsync(TlsFixture server, string host, string path)
    {
        (SslStream stream, _) = await server.ConnectAsync(host);
        await using SslStream closing = stream;
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        using StreamReader reader = new(stream);
        return await reader.ReadToEndAsync();
    }

    private async Task<TlsFixture> StartAsync(params PendingChallenge[] pending)
    {
        (string chain, string key) = new TestCa().Issue("a.example.test");
        Directory.CreateDirectory(directory.File("store"));
        await File.WriteAllTextAsync(directory.File("store/a.example.test.pem"), key + "\n" + chain);

        // A CA that is not there: only what the store holds is served, and orders fail.
        TlsFixture server = await TlsFixture.StartAsync(
            TlsFixture.Settings(("Mode", "Acme"), ("Acme:Directory", "https://127.0.0.1:1/"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", directory.File("store"))), ["a.example.test"]);
        await Eventually.TrueAsync(() => server.Service<AcmeStateCache>().Current.Host("a.example.test").Failures > 0);
        server.Service<ChallengeResponses>().Set(pending);
        return server;
    }

    private static async Task<HttpResponseMessage> GetAsync(TlsFixture server, string path, HttpMethod method)
    {
        using SocketsHttpHandler handler = new() { UseProxy = false };
        using HttpClient client = new(handler);
        using HttpRequestMessage request = new(method, new Uri($"http://127.0.0.1:{server.HttpPort}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.Host = "whatever.example";
        return await client.SendAsync(request);
    }
}
