using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Tests.Tls.Issuance.Simulation;
using IssuerGateway.Tls.Issuance.Stores;

namespace IssuerGateway.Tests.Tls.Issuance;

/// <summary>What RFC 8555 allows, or real CAs do, through a whole order.</summary>
public sealed class OrderDialectTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly SimulatedWorld world = new(new Schedule(TimeSpan.FromDays(90), 1, false, []));
    private readonly DialectCa ca;

    public OrderDialectTests() => ca = new DialectCa(world);

    public void Dispose()
    {
        ca.Dispose();
        directory.Dispose();
    }

    // C20
    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData(null)]
    public async Task Goes_on_to_finalize_an_order_that_is_ready_without_authorizations(string? authorizations)
    {
        ca.Edit = (path, body) =>
        {
            if (path is "new-order" or "order" && (string?)body["status"] is "pending" or "ready")
            {
                ca.MakeReady();
                body["status"] = "ready";
                body.Remove("authorizations");
                if (authorizations is not null)
                {
                    body["authorizations"] = JsonNode.Parse(authorizations);
                }
            }
        };

        await AssertIssuedAsync();
        Assert.DoesNotContain(ca.Requests, request => request.StartsWith("authz", StringComparison.Ordinal));
    }

    // A host that was validated a moment ago: nothing is left to challenge.
    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData(null)]
    public async Task Goes_on_with_an_authorization_that_is_valid_without_challenges(string? challenges)
    {
        ca.Edit = (path, body) =>
        {
            if (path == "authz")
            {
                ca.MakeReady();
                body["status"] = "valid";
                body.Remove("challenges");
                if (challenges is not null)
                {
                    body["challenges"] = JsonNode.Parse(challenges);
                }
            }
        };

        await AssertIssuedAsync();
    }

    // A CA of several servers: what one has issued, another still shows as ready, or does not have yet.
    [Fact]
    public async Task Asks_once_for_a_certificate_although_the_order_still_looks_ready()
    {
        int looks = 0;
        ca.Edit = (path, body) =>
        {
            if (path == "order" && (string?)body["status"] == "valid" && ++looks <= 50)
            {
                body["status"] = "ready";
                body.Remove("certificate");
            }
        };

        await AssertIssuedAsync();
        Assert.Single(ca.Requests, request => request.StartsWith("finalize", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Waits_before_it_asks_again_for_the_certificate_of_an_order_that_stays_ready()
    {
        int looks = 0;
        ca.Edit = (path, body) =>
        {
            if (path is "order" or "finalize" && (string?)body["status"] == "valid" && ++looks <= 6)
            {
                body["status"] = "ready";
                body.Remove("certificate");
            }
        };
        DateTimeOffset began = world.Now;

        await AssertIssuedAsync();
        Assert.True(world.Now - began >= TimeSpan.FromSeconds(1 + 2 + 4), $"{world.Now - began}");
    }

    // C22
    [Theory]
    [InlineData("""{"type":"urn:ietf:params:acme:error:badSignatureAlgorithm","algorithms":["RS256"]}""")]
    [InlineData("""{"type":"urn:ietf:params:acme:error:badSignatureAlgorithm","algorithms":["PS256","RS256"]}""")]
    [InlineData("""{"type":"urn:ietf:params:acme:error:badSignatureAlgorithm","detail":"only RSA"}""")]
    [InlineData("""{"type":"urn:ietf:params:acme:error:badSignatureAlgorithm","algorithms":null}""")]
    [InlineData("""{"type":"urn:ietf:params:acme:error:badPublicKey","detail":"ECDSA keys are not supported"}""")]
    public async Task Takes_an_RSA_account_key_when_the_CA_takes_nothing_else(string rejection)
    {
        (ca.Algorithm, ca.Rejection) = ("RS256", rejection);

        AcmeFixture gateway = await AssertIssuedAsync();

        Assert.Equal("RS256", AcmeAccountKey.FromPem(gateway.StateCache.Current.Accounts.Single().Value.KeyPem)!.Algorithm);
        Assert.Equal(2, ca.Requests.Count(request => request.StartsWith("account ", StringComparison.Ordinal) || request.StartsWith("new-account", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Gives_up_when_the_CA_takes_neither()
    {
        (ca.Algorithm, ca.Rejection) = ("EdDSA", """{"type":"urn:ietf:params:acme:error:badSignatureAlgorithm","algorithms":["EdDSA"]}""");
        AcmeFixture gateway = New();

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Null(gateway.Served);
        Assert.Contains(gateway.Log.Lines, line => line.Contains("badSignatureAlgorithm: ", StringComparison.Ordinal));
    }

    // C22: a CA that says only "malformed", and an operator who knows.
    [Fact]
    public async Task Begins_with_an_RSA_account_key_by_setting()
    {
        ca.Algorithm = "RS256";
        ca.Rejection = """{"type":"urn:ietf:params:acme:error:malformed"}""";
        AcmeFixture gateway = new(new Uri($"{SimulatedCa.Base}/directory"), new SimulatedTime(world, 0), new DirectoryAcmeStore(directory.Path, TimeProvider.System), () => ca, ("AccountKeyType", "Rsa2048"));

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.True(gateway.Served is not null, string.Join("\n", gateway.Log.Lines));
        Assert.Equal("RS256", AcmeAccountKey.FromPem(gateway.StateCache.Current.Accounts.Single().Value.KeyPem)!.Algorithm);
    }

    // C24
    [Theory]
    [InlineData("abcdefghijklmnopqrstuvwxy")]
    [InlineData("abcdefghijklmnopqrstuv")]
    public async Task Takes_a_token_of_any_length(string token)
    {
        ca.Edit = (path, body) =>
        {
            foreach (JsonNode? challenge in path == "authz" ? body["challenges"]!.AsArray() : [])
            {
                challenge!["token"] = token;
            }
        };

        await AssertIssuedAsync();
    }

    // C28
    [Fact]
    public async Task The_same_order_continues_with_another_challenge_when_the_first_is_not_offered()
    {
        ca.Edit = (path, body) =>
        {
            if (path == "authz")
            {
                body["challenges"] = new JsonArray(body["challenges"]!.AsArray().Where(challenge => (string?)challenge!["type"] == "tls-alpn-01").Select(challenge => challenge!.DeepClone()).ToArray());
            }
        };

        await AssertIssuedAsync();
        Assert.Equal(1, ca.Orders);
    }

    [Fact]
    public async Task Names_what_the_CA_offers_when_none_of_it_can_be_used()
    {
        ca.Edit = (path, body) =>
        {
            foreach (JsonNode? challenge in path == "authz" ? body["challenges"]!.AsArray() : [])
            {
                challenge!["type"] = "dns-01";
            }
        };
        AcmeFixture gateway = New();

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Contains(gateway.Log.Lines, line => line.Contains("noUsableChallenge: the CA offers dns-01, dns-01 for a.example.test, not ", StringComparison.Ordinal));
        Assert.Contains("""authz {"status":"deactivated"}""", ca.Requests);
    }

    [Fact]
    public async Task Sends_a_common_name_to_a_CA_that_rejects_a_request_without_one()
    {
        ca.WantsCommonName = true;

        await AssertIssuedAsync();
        Assert.Equal(2, ca.Requests.Count(request => request.StartsWith("finalize", StringComparison.Ordinal)));
    }

    // C21: the order is not lost.
    [Fact]
    public async Task Keeps_an_order_whose_certificate_comes_in_another_format()
    {
        ca.CertificateType = "application/pkix-cert";
        AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.Null(gateway.Served);
        Assert.NotNull(gateway.State.Order);

        ca.CertificateType = null;
        await gateway.Renewal.StepAsync(true, CancellationToken.None);

        Assert.NotNull(gateway.Served);
        Assert.Equal(1, ca.Orders);
    }

    // C30
    [Fact]
    public async Task Updates_the_contact_of_the_account_when_the_configuration_has_another_one()
    {
        AcmeFixture gateway = await AssertIssuedAsync();
        ca.Edit = (path, body) =>
        {
            if (path == "account")
            {
                body["contact"] = new JsonArray("mailto:old@example.test");
            }
        };
        AcmeFixture changed = new(new Uri($"{SimulatedCa.Base}/directory"), new SimulatedTime(world, 0), new DirectoryAcmeStore(directory.Path, TimeProvider.System), () => ca, ("Contacts", "new@example.test"));
        await changed.LoadAsync();

        await changed.Renewal.StepAsync(true, CancellationToken.None);

        Assert.Contains("""account {"contact":["mailto:new@example.test"]}""", ca.Requests);
        Assert.NotEqual(gateway.Served!.Thumbprint, changed.Served!.Thumbprint);
    }

    private async Task<AcmeFixture> AssertIssuedAsync()
    {
        AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.True(gateway.Served is not null, string.Join("\n", gateway.Log.Lines));
        return gateway;
    }

    private AcmeFixture New() => new(new Uri($"{SimulatedCa.Base}/directory"), new SimulatedTime(world, 0), new DirectoryAcmeStore(directory.Path, TimeProvider.System), () => ca);

    /// <summary>The simulated CA with what it says changed on the way.</summary>
    private sealed class DialectCa(SimulatedWorld world) : SimulatedCa(world)
    {
        public Action<string, JsonObject> Edit { get; set; } = (_, _) => { };

        public string Algorithm { get; set; } = "";

        /// <summary>The problem document for every other algorithm.</summary>
        public string Rejection { get; set; } = "";

        public string? CertificateType { get; set; }

        public bool WantsCommonName { get; set; }

        public List<string> Requests { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string path = request.RequestUri!.AbsolutePath.Split('/')[1];
            JsonNode? message = request.Content is { } content ? JsonNode.Parse(await content.ReadAsStringAsync(cancellationToken)) : null;
            Requests.Add($"{path} {(message is null ? "" : Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars((string)message["payload"]!)))}");
            if (Algorithm.Length > 0 && message is not null && (string?)JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars((string)message["protected"]!))!["alg"] != Algorithm)
            {
                return new HttpResponseMessage(System.Net.HttpStatusCode.BadRequest)
                {
                    Headers = { { "Replay-Nonce", "bm9uY2U" } },
                    Content = new StringContent(Rejection, Encoding.UTF8, "application/problem+json"),
                };
            }

            if (path == "certificate" && CertificateType is { } type)
            {
                return new HttpResponseMessage { Headers = { { "Replay-Nonce", "bm9uY2U" } }, Content = new StringContent("der", Encoding.ASCII, type) };
            }

            if (path == "finalize" && WantsCommonName && CertificateRequest.LoadSigningRequest(
                System.Buffers.Text.Base64Url.DecodeFromChars((string)JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars((string)message!["payload"]!))!["csr"]!),
                System.Security.Cryptography.HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions).SubjectName.Name != "CN=a.example.test")
            {
                return new HttpResponseMessage(System.Net.HttpStatusCode.BadRequest)
                {
                    Headers = { { "Replay-Nonce", "bm9uY2U" } },
                    Content = new StringContent("""{"type":"urn:ietf:params:acme:error:badCSR"}""", Encoding.UTF8, "application/problem+json"),
                };
            }

            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            string text = await response.Content.ReadAsStringAsync(cancellationToken);
            if (text.StartsWith('{') && JsonNode.Parse(text) is JsonObject body)
            {
                Edit(path, body);
                response.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, response.Content.Headers.ContentType!.MediaType!);
            }

            return response;
        }
    }
}
