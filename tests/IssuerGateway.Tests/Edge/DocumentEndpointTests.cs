using System.Globalization;
using System.Text;
using IssuerGateway.Edge;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Issuers;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Tests.Edge;

public sealed class DocumentEndpointTests
{
    private const string Discovery = "/.well-known/openid-configuration";
    private const string KeySet = "/openid/v1/jwks";

    private static readonly string jwks = Encoding.UTF8.GetString(Recorded.Body("jwks-one-rsa"));
    private static readonly string jwksTag = Tag(Recorded.Body("jwks-one-rsa"));

    private static readonly string keySetHeaders = $"""
        HTTP/1.1 200 OK
        Cache-Control: public, max-age=300
        Connection: close
        Content-Length: 462
        Content-Type: application/jwk-set+json
        ETag: {jwksTag}
        Vary: Host
        X-Content-Type-Options: nosniff
        """;

    [Fact]
    public async Task Serves_the_discovery_document_with_exactly_these_headers()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();
        const string Body = """{"issuer":"https://issuer.example.test","jwks_uri":"https://issuer.example.test/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""";

        Assert.Equal(
            $"""
            HTTP/1.1 200 OK
            Cache-Control: public, max-age=300
            Connection: close
            Content-Length: 223
            Content-Type: application/json
            ETag: {Tag(Encoding.UTF8.GetBytes(Body))}
            Vary: Host
            X-Content-Type-Options: nosniff

            {Body}
            """,
            await edge.QueryAsync("GET", Discovery));
    }

    [Fact]
    public async Task Serves_the_key_set_byte_for_byte()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        Assert.Equal($"{keySetHeaders}\n\n{jwks}", await edge.QueryAsync("GET", KeySet));
        Assert.Equal($"{keySetHeaders}\n\n{jwks}", await edge.QueryAsync("GET", KeySet + "?x=1&y=/../"));
        Assert.Equal($"{keySetHeaders}\n\n{jwks}", await edge.QueryAsync("GET", KeySet, host: "ISSUER.example.test:443"));
    }

    [Fact]
    public async Task Responds_to_HEAD_with_the_headers_of_GET()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        Assert.Equal($"{keySetHeaders}\n\n", await edge.QueryAsync("HEAD", KeySet));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Answers_304_to_a_relying_party_that_has_the_bytes(string method)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        Assert.Equal(
            $"""
            HTTP/1.1 304 Not Modified
            Cache-Control: public, max-age=300
            Connection: close
            ETag: {jwksTag}
            Vary: Host
            X-Content-Type-Options: nosniff


            """,
            await edge.QueryAsync(method, KeySet, $"If-None-Match: \"x\", W/{jwksTag}\r\n"));
        Assert.StartsWith("HTTP/1.1 200 OK\n", await edge.QueryAsync(method, KeySet, "If-None-Match: \"x\"\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/a/../openid/v1/jwks")]
    [InlineData("/openid/v1/jwks/")]
    [InlineData("/openid/v1%2fjwks")]
    [InlineData("/api/v1/namespaces/kube-system/secrets")]
    [InlineData("/metrics")]
    [InlineData("/readyz")]
    [InlineData("/status")]
    public async Task Denies_every_other_target_with_an_empty_404(string target)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        Assert.Equal(Denied("404 Not Found"), await edge.QueryAsync("GET", target));
        Assert.Equal(Denied("404 Not Found"), await edge.QueryAsync("DELETE", target));
    }

    [Fact]
    public async Task Knows_only_the_hosts_of_its_issuers_whatever_is_forwarded()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        Assert.Equal(Denied("404 Not Found"), await edge.QueryAsync("GET", KeySet, host: "attacker.example.test"));
        Assert.Equal(Denied("404 Not Found"), await edge.QueryAsync("GET", KeySet,
            "X-Forwarded-Host: issuer.example.test\r\nForwarded: host=issuer.example.test\r\nX-Original-Host: issuer.example.test\r\n", host: "attacker.example.test"));
        Assert.Equal($"{keySetHeaders}\n\n{jwks}", await edge.QueryAsync("GET", KeySet, "X-Forwarded-Host: attacker.example.test\r\nX-Forwarded-Prefix: /a\r\n"));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [InlineData("get")]
    [InlineData("PROPFIND")]
    public async Task Denies_other_methods_with_405_and_Allow(string method)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        Assert.Equal(Denied("405 Method Not Allowed", "Allow: GET, HEAD\n"), await edge.QueryAsync(method, KeySet));
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    public async Task Denies_a_request_with_a_body(string headerAndBody)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        Assert.Equal(Denied("413 Payload Too Large"), EdgeFixture.Normal(
            await edge.SendAsync($"GET {KeySet} HTTP/1.1\r\nHost: issuer.example.test\r\nConnection: close\r\n{headerAndBody}")));
    }

    [Fact]
    public async Task Denies_headers_over_4_KiB_with_an_empty_431()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        string response = EdgeFixture.Normal(await edge.SendAsync($"GET {KeySet} HTTP/1.1\r\nHost: issuer.example.test\r\nX: {new string('x', 4200)}\r\n\r\n"));

        Assert.Equal("HTTP/1.1 431 Request Header Fields Too Large\nCache-Control: no-store\nConnection: close\nContent-Length: 0\nX-Content-Type-Options: nosniff\n\n", response);
    }

    [Fact]
    public async Task Answers_503_with_Retry_After_while_nothing_is_published()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(isPublished: false);

        Assert.Equal(Denied("503 Service Unavailable", retryAfter: "Retry-After: 1\n"), await edge.QueryAsync("GET", Discovery));
    }

    [Fact]
    public async Task Names_the_next_refresh_in_Retry_After_while_nothing_is_published()
    {
        Issuer issuer = Build.Issuer();
        await using EdgeFixture edge = await EdgeFixture.StartAsync(issuer, isPublished: false);
        edge.Published.ScheduleRefresh(issuer.Identifier, TimeSpan.FromMinutes(8));

        string response = await edge.QueryAsync("GET", Discovery);

        Assert.InRange(int.Parse(response.Split('\n').Single(line => line.StartsWith("Retry-After: ", StringComparison.Ordinal))["Retry-After: ".Length..], CultureInfo.InvariantCulture), 400, 480);
    }

    [Theory]
    [InlineData("GET /openid/v1/jwks HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /openid/v1/jwks HTTP/1.1\r\nHost: issuer.example.test\r\nHost: issuer.example.test\r\n\r\n", 400)]
    [InlineData("GET  /openid/v1/jwks HTTP/1.1\r\nHost: issuer.example.test\r\n\r\n", 400)]
    [InlineData("GET /openid/v1/jwks HTTP/3.7\r\nHost: issuer.example.test\r\n\r\n", 505)]
    [InlineData("GET /openid/v1/jwks HTTP/1.1\r\nHost: issuer.example.test\r\nContent-Length: x\r\n\r\n", 400)]
    public async Task Lets_no_cache_keep_what_the_server_rejects_by_itself(string request, int status)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        string response = EdgeFixture.Normal(await edge.SendAsync(request));

        Assert.StartsWith($"HTTP/1.1 {status} ", response, StringComparison.Ordinal);
        Assert.Contains("\nCache-Control: no-store\n", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lets_no_cache_keep_the_response_to_a_target_that_is_too_long()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        Assert.Equal("HTTP/1.1 414 URI Too Long\nCache-Control: no-store\nConnection: close\nContent-Length: 0\nX-Content-Type-Options: nosniff\n\n",
            EdgeFixture.Normal(await edge.SendAsync($"GET /{new string('a', 2100)} HTTP/1.1\r\nHost: issuer.example.test\r\n\r\n")));
    }

    [Theory]
    [InlineData("GET /openid/v1/jwks HTTP/1.1\r\nHost: issuer.example.test.\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /openid/v1/jwks HTTP/1.1\r\nHost: issuer.example.test:8443\r\nConnection: close\r\n\r\n")]
    [InlineData("GET http://issuer.example.test/openid/v1/jwks HTTP/1.1\r\nHost: issuer.example.test\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /openid/v1/%6awks HTTP/1.1\r\nHost: issuer.example.test\r\nConnection: close\r\n\r\n")]
    public async Task Serves_targets_that_are_equal_the_same_document(string request)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        Assert.Equal($"{keySetHeaders}\n\n{jwks}", EdgeFixture.Normal(await edge.SendAsync(request)));
    }

    [Fact]
    public async Task Requests_that_connections_close_once_it_drains()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();
        edge.Services.GetRequiredService<DrainState>().Begin();

        string response = await edge.SendAsync($"GET {KeySet} HTTP/1.1\r\nHost: issuer.example.test\r\n\r\n");

        Assert.Equal($"{keySetHeaders}\n\n{jwks}", EdgeFixture.Normal(response));
    }

    [Fact]
    public async Task Writes_a_line_a_visit_on_request()
    {
        EdgeFixture edge = await EdgeFixture.StartAsync(further: "Edge:AccessLog=true");
        await using (edge)
        {
            await edge.QueryAsync("GET", KeySet, "User-Agent: relying party\r\n");
            await edge.QueryAsync("GET", "/nothing");
        }

        Assert.Equal(
            [
                "Information: Request GET issuer.example.test/openid/v1/jwks from 127.0.0.1 responded with 200 to relying party",
                "Information: Request GET issuer.example.test/nothing from 127.0.0.1 responded with 404 to ",
            ],
            edge.Log.Lines);
    }

    [Fact]
    public async Task Writes_none_by_default()
    {
        EdgeFixture edge = await EdgeFixture.StartAsync();
        await using (edge)
        {
            await edge.QueryAsync("GET", KeySet);
        }

        Assert.Empty(edge.Log.Lines);
    }

    [Fact]
    public async Task Serves_each_issuer_on_its_own_path()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(Build.Issuer("https://issuer.example.test/clusters/a"));

        Assert.Equal($"{keySetHeaders}\n\n{jwks}", await edge.QueryAsync("GET", "/clusters/a" + KeySet));
        Assert.Equal(Denied("404 Not Found"), await edge.QueryAsync("GET", KeySet));
    }

    private static string Denied(string status, string allow = "", string retryAfter = "") =>
        $"HTTP/1.1 {status}\n{allow}Cache-Control: no-store\nConnection: close\nContent-Length: 0\n{retryAfter}X-Content-Type-Options: nosniff\n\n";

    private static string Tag(byte[] body) => $"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body))}\"";
}
