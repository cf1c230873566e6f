using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Acme;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.Tests.Acme;

/// <summary>What RFC 8555 allows, or real CAs do, through the client.</summary>
public sealed class DialectTests : IDisposable
{
    private const string Base = "https://ca.example.test";
    private readonly AcmeAccountKey key = AcmeAccountKey.Create(AcmeAccountKey.Es256);
    private readonly List<(string Line, string? Body)> requests = [];
    private readonly SkippingTime time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private int nonce;

    public void Dispose() => key.Dispose();

    // C21
    [Fact]
    public async Task Requests_a_chain_of_PEM_and_names_what_came_instead()
    {
        AcmeClient client = await ConnectAsync(request =>
            request.Headers.Accept.ToString() == "application/pem-certificate-chain" ? Response(200, [0x30, 0x82], "application/pkix-cert") : Response(406, "", "text/plain"));

        AcmeResult<string> chain = await client.DownloadAsync(new Uri($"{Base}/certificate/1"), null, CancellationToken.None);

        Assert.Equal("notAcme: https://ca.example.test/certificate/1 responded with application/pkix-cert without a PEM certificate, not application/pem-certificate-chain", chain.Problem!.ToString());
    }

    // C23
    [Fact]
    public async Task Tries_a_request_three_times_with_a_fresh_nonce_each_when_the_server_fails()
    {
        int failures = 2;
        AcmeClient client = await ConnectAsync(request => failures-- > 0 ? Response(500, "<html>bad gateway</html>", "text/html") : Response(200, Order));

        Assert.True((await client.GetOrderAsync(new Uri($"{Base}/order/1"), CancellationToken.None)).IsSuccess);

        string[] nonces = [.. Posts().Select(post => (string)post["nonce"]!)];
        Assert.Equal(3, nonces.Distinct().Count());
    }

    [Theory]
    [InlineData(500, null, 3)]
    [InlineData(503, "120", 1)]
    [InlineData(403, null, 1)]
    [InlineData(429, null, 1)]
    public async Task Gives_a_request_up_after_three_tries_or_when_the_CA_says_when(int status, string? retryAfter, int tries)
    {
        AcmeClient client = await ConnectAsync(_ =>
        {
            HttpResponseMessage response = Response(status, "<html>", "text/html");
            if (retryAfter is not null)
            {
                response.Headers.Add("Retry-After", retryAfter);
            }

            return response;
        });

        AcmeResult<AcmeOrder> order = await client.GetOrderAsync(new Uri($"{Base}/order/1"), CancellationToken.None);

        Assert.Equal((status, retryAfter is null ? null : TimeSpan.FromSeconds(120)), (order.Problem!.Status, order.Problem.RetryAfter));
        Assert.Equal(tries, Posts().Count());
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/problem+json")]
    public async Task Knows_a_problem_document_by_its_shape(string contentType)
    {
        bool isFirst = true;
        AcmeClient client = await ConnectAsync(_ =>
        {
            bool isRejected = isFirst;
            isFirst = false;
            return isRejected ? Response(400, """{"type":"urn:ietf:params:acme:error:badNonce","detail":"used"}""", contentType) : Response(200, Order);
        });

        Assert.True((await client.GetOrderAsync(new Uri($"{Base}/order/1"), CancellationToken.None)).IsSuccess);
    }

    // C29, RFC 8555 §6.5.1
    [Fact]
    public async Task Ignores_a_nonce_that_is_not_base64url()
    {
        AcmeClient client = await ConnectAsync(request =>
        {
            HttpResponseMessage response = Response(200, Order);
            if (request.Method == HttpMethod.Post)
            {
                response.Headers.Remove("Replay-Nonce");
                response.Headers.TryAddWithoutValidation("Replay-Nonce", "not base64url!");
            }

            return response;
        });
        await client.GetOrderAsync(new Uri($"{Base}/order/1"), CancellationToken.None);
        await client.GetOrderAsync(new Uri($"{Base}/order/1"), CancellationToken.None);

        Assert.DoesNotContain(Posts(), post => ((string)post["nonce"]!).Contains(' ', StringComparison.Ordinal));
    }

    // C29, RFC 8555 §8.2
    [Fact]
    public async Task Takes_the_Retry_After_of_the_response_to_the_challenge()
    {
        AcmeClient client = await ConnectAsync(_ =>
        {
            HttpResponseMessage response = Response(200, $$"""{"type":"http-01","url":"{{Base}}/challenge/1","status":"processing"}""");
            response.Headers.Add("Retry-After", "7");
            return response;
        });

        AcmeResult<AcmeChallenge> started = await client.StartAsync(new AcmeChallenge { Type = "http-01", Url = new Uri($"{Base}/challenge/1") }, CancellationToken.None);

        Assert.Equal(TimeSpan.FromSeconds(7), started.Value!.RetryAfter);
    }

    // C29, RFC 9773 §4.1
    [Fact]
    public async Task Requests_renewal_information_without_an_account()
    {
        using HttpClient http = Http(request => Response(200, """{"suggestedWindow":{"start":"2026-12-01T00:00:00Z","end":"2026-12-02T00:00:00Z"}}"""));

        Assert.True((await AcmeClient.GetRenewalInfoAsync(http, new Uri($"{Base}/directory"), "a.b", time, CancellationToken.None)).IsSuccess);

        Assert.Equal(["GET /directory", "GET /ari/a.b"], requests.Select(request => request.Line));
    }

    // C30, RFC 8555 §7.3.5
    [Fact]
    public async Task Replaces_the_key_of_the_account_signed_by_both()
    {
        AcmeClient client = await ConnectAsync(_ => Response(200, "{}"));
        using AcmeAccountKey next = AcmeAccountKey.Create(AcmeAccountKey.Es256);

        Assert.Null(await client.ChangeKeyAsync(next, CancellationToken.None));

        JsonNode outer = Bodies().Last();
        Assert.Equal(($"{Base}/account/1", $"{Base}/key-change"), ((string)Part(outer, "protected")["kid"]!, (string)Part(outer, "protected")["url"]!));
        JsonNode inner = Part(outer, "payload");
        Assert.Equal((next.Jwk.X, $"{Base}/key-change"), ((string)Part(inner, "protected")["jwk"]!["x"]!, (string)Part(inner, "protected")["url"]!));
        Assert.Null(Part(inner, "protected")["nonce"]);
        Assert.Equal(($"{Base}/account/1", key.Jwk.X), ((string)Part(inner, "payload")["account"]!, (string)Part(inner, "payload")["oldKey"]!["x"]!));
    }

    // C30, RFC 8555 §7.6
    [Theory]
    [InlineData(200, "", true)]
    [InlineData(400, """{"type":"urn:ietf:params:acme:error:alreadyRevoked"}""", true)]
    [InlineData(403, """{"type":"urn:ietf:params:acme:error:unauthorized"}""", false)]
    public async Task Revokes_a_certificate_with_its_reason(int status, string body, bool isDone)
    {
        AcmeClient client = await ConnectAsync(_ => Response(status, body));
        TestCa ca = new();

        Assert.Equal(isDone, await client.RevokeAsync(ca.Intermediate, 1, CancellationToken.None) is null);

        JsonNode payload = Part(Bodies().Last(), "payload");
        Assert.Equal((System.Buffers.Text.Base64Url.EncodeToString(ca.Intermediate.RawData), 1), ((string)payload["certificate"]!, (int)payload["reason"]!));
    }

    // C22
    [Fact]
    public void Signs_with_RSA_and_keeps_the_key()
    {
        using AcmeAccountKey rsa = AcmeAccountKey.Create(AcmeAccountKey.Rs256);
        using AcmeAccountKey again = AcmeAccountKey.FromPem(rsa.ToPem())!;

        Assert.Equal(("RS256", "RSA", null), (again.Algorithm, again.Jwk.Kty, again.Jwk.X));
        Assert.Equal(rsa.Thumbprint, again.Thumbprint);

        // RFC 7638 §3.1 with the key of its example.
        byte[] expected = System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes($$"""{"e":"{{rsa.Jwk.E}}","kty":"RSA","n":"{{rsa.Jwk.N}}"}"""));
        Assert.Equal(System.Buffers.Text.Base64Url.EncodeToString(expected), rsa.Thumbprint);
    }

    // C25
    [Theory]
    [InlineData("-_8", true)]
    [InlineData("+/8=", true)]
    [InlineData("+/8", true)]
    [InlineData("-_8=\n", true)]
    [InlineData("  +/8=\r\n", true)]
    [InlineData("\uFEFF-_8", true)]
    [InlineData("+/8=x", false)]
    [InlineData("a", false)]
    [InlineData("", false)]
    [InlineData("not base64!", false)]
    public void Reads_an_EAB_key_in_any_base64(string text, bool isOne) => Assert.Equal(isOne ? [0xfb, 0xff] : null, EabKey.Parse(text));

    private const string Order = """{"status":"ready","finalize":"https://ca.example.test/finalize/1"}""";

    private async Task<AcmeClient> ConnectAsync(Func<HttpRequestMessage, HttpResponseMessage> response)
    {
        AcmeClient client = (await AcmeClient.ConnectAsync(Http(response), new Uri($"{Base}/directory"), key, time, CancellationToken.None)).Value!;
        client.AccountUrl = $"{Base}/account/1";
        return client;
    }

    private HttpClient Http(Func<HttpRequestMessage, HttpResponseMessage> respond) => new(new Handler(request =>
    {
        HttpResponseMessage response = request.RequestUri!.AbsolutePath switch
        {
            "/directory" => Response(200, $$"""{"newNonce":"{{Base}}/nonce","newAccount":"{{Base}}/a","newOrder":"{{Base}}/o","renewalInfo":"{{Base}}/ari","keyChange":"{{Base}}/key-change","revokeCert":"{{Base}}/revoke"}"""),
            "/nonce" => Response(200, ""),
            _ => respond(request),
        };
        return response;
    }, requests));

    private HttpResponseMessage Response(int status, string body, string contentType = "application/json") => Response(status, Encoding.UTF8.GetBytes(body), contentType);

    private HttpResponseMessage Response(int status, byte[] body, string contentType)
    {
        HttpResponseMessage response = new((HttpStatusCode)status) { Content = new ByteArrayContent(body) };
        response.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        response.Headers.Add("Replay-Nonce", $"nonce-{++nonce}");
        return response;
    }

    private IEnumerable<JsonNode> Bodies() => requests.Select(request => request.Body).OfType<string>().Select(body => JsonNode.Parse(body)!);

    private IEnumerable<JsonNode> Posts() => Bodies().Select(body => Part(body, "protected"));

    private static JsonNode Part(JsonNode message, string name) => JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars((string)message[name]!))!;

    private sealed class Handler(Func<HttpRequestMessage, HttpResponseMessage> response, List<(string Line, string? Body)> requests) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // Content is gone when the request has ended.
            string? body = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : null;
            requests.Add(($"{request.Method} {request.RequestUri!.AbsolutePath}", body));
            return response(request);
        }
    }
}
