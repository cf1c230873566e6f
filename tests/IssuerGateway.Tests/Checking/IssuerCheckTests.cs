using System.Net.Sockets;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Exchange;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Tests.Publishing;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Checking;

public sealed class IssuerCheckTests
{
    [Fact]
    public async Task Finds_nothing_wrong_with_a_good_issuer()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();

        CheckReport report = await issuer.CheckAsync();

        Assert.Empty(CheckFixture.Rules(report));
        Assert.Equal(
            ["url Passed", "dns Passed", "tcp Passed", "tls Passed", "discovery Passed", "jwks Passed", "caching Passed", "token NotRequested", "upstream NotRequested", "exchange NotRequested"],
            report.Steps.Select(step => $"{step.Step} {step.Outcome}"));
        Assert.Equal(Verdict.Accepts, report.VerdictOf(report.Parties[0]));
    }

    /// <summary>A CA of one's own can be given to some parties, and to the others the result says nothing.</summary>
    [Theory]
    [InlineData("entra", "checked with --ca, which no relying party uses: run the check without it, from outside your network, before you rely on the result")]
    [InlineData("aws", "checked with --ca, which no relying party uses: run the check without it, from outside your network, before you rely on the result")]
    [InlineData("vault", "checked with --ca: the result holds for a relying party that has the same CA (vault: oidc_discovery_ca_pem), and for no other")]
    [InlineData("entra,vault,openbao,kubernetes", "checked with --ca: the result holds for a relying party that has the same CA (vault, openbao: oidc_discovery_ca_pem, kubernetes: certificateAuthority), and for no other")]
    public async Task Notes_for_whom_a_check_with_a_CA_of_its_own_holds(string profiles, string note)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        CheckRequest request = issuer.Request(profiles: profiles.Split(','));

        CheckReport report = await issuer.CheckAsync(request with { Overrides = request.Overrides with { Resolve = [], ConnectTo = [], Lookup = (_, _) => Task.FromResult<System.Net.IPAddress[]>([System.Net.IPAddress.Loopback]) } });

        Assert.Equal([note], report.Notes.Where(each => each.Contains("--ca", StringComparison.Ordinal)));
    }

    private const string Others = """
        "response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]
        """;

    public static TheoryData<string, string[]> BadDocuments => new()
    {
        { """{"issuer":"ISSUER/","jwks_uri":"ISSUER/openid/v1/jwks",OTHERS}""", ["discovery error issuer-mismatch"] },
        { """{"jwks_uri":"ISSUER/openid/v1/jwks",OTHERS}""", ["discovery error issuer-missing"] },
        { """{"issuer":"ISSUER",OTHERS}""", ["discovery error jwks-uri-missing"] },
        { """{"issuer":"ISSUER","issuer":"x","jwks_uri":"ISSUER/openid/v1/jwks",OTHERS}""", ["discovery error discovery-malformed"] },
        { """{"issuer":"ISSUER","jwks_uri":"http://issuer.example.test/keys",OTHERS}""", ["jwks error jwks-uri-malformed"] },
        { """{"issuer":"ISSUER","jwks_uri":"/keys",OTHERS}""", ["jwks error jwks-uri-malformed"] },
        { """{"issuer":"ISSUER","jwks_uri":"ISSUER/openid/v1/jwks","claims_supported":[],OTHERS}""", ["discovery error discovery-member-empty"] },
        { """{"issuer":"ISSUER","jwks_uri":"ISSUER/openid/v1/jwks"}""", ["discovery warning discovery-member-missing"] },
        { """{"issuer":"ISSUER","jwks_uri":"ISSUER/openid/v1/jwks","response_types_supported":[],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""", ["discovery error discovery-required-empty"] },
        { "\uFEFF" + """{"issuer":"ISSUER","jwks_uri":"ISSUER/openid/v1/jwks",OTHERS}""", ["discovery error byte-order-mark"] },
    };

    [Theory]
    [MemberData(nameof(BadDocuments))]
    public async Task Names_what_is_wrong_with_the_discovery_document(string json, string[] rules)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = json.Replace("OTHERS", Others, StringComparison.Ordinal).Replace("ISSUER", issuer.Issuer, StringComparison.Ordinal);

        Assert.Equal(rules, CheckFixture.Rules(await issuer.CheckAsync()));
    }

    /// <summary>The slash that was typed is not to be registered, because the token has none; with it there too it is, and nothing else.</summary>
    [Theory]
    [InlineData("", new[] { "discovery error http-status", "token error token-issuer" })]
    [InlineData("/", new[] { "url warning issuer-trailing-slash", "discovery error http-status" })]
    public async Task Says_one_thing_of_a_slash_also_without_a_document(string slash, string[] rules)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Misbehave = http =>
        {
            http.Response.StatusCode = 404;
            return Task.FromResult(true);
        };
        (System.Text.Json.Nodes.JsonObject header, System.Text.Json.Nodes.JsonObject claims) = RuleCases.Stage.GoodToken("entra");
        claims["iss"] = issuer.Issuer + slash;
        claims["exp"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        claims.Remove("nbf");
        claims["iat"] = TimeProvider.System.GetUtcNow().AddMinutes(-1).ToUnixTimeSeconds();

        Assert.Equal(rules, CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(issuer.Issuer + "/", RuleCases.Stage.Sign(header, claims)))));
    }

    public static TheoryData<string, string[]> BadKeys => new()
    {
        { """{"keys":[]}""", ["jwks error key-set-empty"] },
        { "<html>", ["jwks error key-set-malformed"] },
        { """{"keys":[{"use":"sig","kid":"a","alg":"RS256","kty":"RSA","n":"kQAB","e":"AQAB","d":"AQAB"}]}""", ["jwks error private-key", "jwks error rsa-numbers"] },
        { $$"""{"keys":[{{EcKey}}]}""", ["jwks error no-usable-key"] },
        { $$"""{"keys":[{{Build.Rsa("a")}},{{EcKey}}]}""", ["jwks warning key-algorithm"] },
    };

    private const string EcKey = """{"use":"sig","kid":"e","alg":"ES256","kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}""";

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task Names_what_is_wrong_with_the_key_set(string json, string[] rules)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Keys = json;

        Assert.Equal(rules, CheckFixture.Rules(await issuer.CheckAsync()));
    }

    [Theory]
    [InlineData(301, "http-redirect")]
    [InlineData(302, "http-redirect")]
    [InlineData(401, "http-status")]
    [InlineData(403, "http-status")]
    [InlineData(404, "http-status")]
    [InlineData(406, "http-status")]
    [InlineData(503, "http-status")]
    [InlineData(204, "http-status")]
    public async Task Names_a_status_that_no_relying_party_takes_and_skips_the_rest(int status, string rule)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Misbehave = http =>
        {
            bool isDiscovery = http.Request.Path == "/.well-known/openid-configuration";
            if (isDiscovery)
            {
                http.Response.StatusCode = status;
                http.Response.Headers.Location = "https://elsewhere.example.test/";
            }

            return Task.FromResult(isDiscovery);
        };

        CheckReport report = await issuer.CheckAsync();

        Assert.Equal([$"discovery error {rule}"], CheckFixture.Rules(report));
        Assert.Equal((StepOutcome.Skipped, "no discovery document"), (report.Steps.Single(step => step.Step == "jwks").Outcome, report.Steps.Single(step => step.Step == "jwks").Summary));
    }

    [Fact]
    public async Task Stops_reading_at_256_KiB()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Keys = "{\"keys\":[" + new string(' ', 10 * 1024 * 1024) + "]}";

        Assert.Equal(["jwks error http-too-large"], CheckFixture.Rules(await issuer.CheckAsync()));
    }

    [Fact]
    public async Task Ends_in_its_time_on_a_server_that_never_finishes()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Misbehave = async http =>
        {
            await http.Response.WriteAsync("{");
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };

        string[] rules = CheckFixture.Rules(await issuer.CheckAsync(issuer.Request() with { Timeout = TimeSpan.FromMilliseconds(500) }));

        Assert.Contains("discovery warning check-timeout", rules);
    }

    [Fact]
    public async Task Warns_of_what_strict_parties_and_caches_dislike()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Misbehave = async http =>
        {
            http.Response.ContentType = "text/plain";
            bool isDiscovery = http.Request.Path == "/.well-known/openid-configuration";
            http.Response.Headers.CacheControl = isDiscovery ? default : "max-age=172800";
            await http.Response.StartAsync();
            await http.Response.WriteAsync(isDiscovery ? issuer.Discovery : issuer.Keys);
            return true;
        };

        Assert.Equal(
            [
                "discovery warning content-type", "discovery warning content-length-missing",
                "jwks warning content-type", "jwks warning content-length-missing",
                "caching warning cache-missing", "caching warning cache-long",
            ],
            CheckFixture.Rules(await issuer.CheckAsync()));
    }

    [Fact]
    public async Task Names_a_chain_that_no_relying_party_trusts()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using TestAuthority other = new();

        Assert.Equal(["tls error tls-untrusted"], CheckFixture.Rules(await issuer.CheckAsync(issuer.Request() with { Overrides = issuer.Request().Overrides with { Roots = [other.Root] } })));
    }

    [Fact]
    public async Task Names_a_certificate_for_another_name()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.Leaf("other.example.test"));

        Assert.Equal(["tls error tls-name-mismatch"], CheckFixture.Rules(await issuer.CheckAsync()));
    }

    // RFC 9525 §2: Go and browsers do not read the common name; .NET still does.
    [Theory]
    [InlineData]
    [InlineData("127.0.0.1")]
    public async Task Does_not_take_the_common_name_for_the_name_of_the_host(params string[] names)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.LeafOfCommonName(CheckFixture.Host, names));

        CheckFinding finding = Assert.Single((await issuer.CheckAsync()).Findings);

        Assert.Equal("tls-name-mismatch", finding.Id);
        Assert.EndsWith(names.Length == 0 ? ", without names (SAN)" : ", for 127.0.0.1", finding.Found, StringComparison.Ordinal);
    }

    /// <summary>Go takes anyExtendedKeyUsage for serverAuth, .NET and OpenSSL do not; which does what is a finding, and the documents are read.</summary>
    [Fact]
    public async Task Reads_the_documents_behind_a_certificate_for_any_purpose()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.LeafFor("2.5.29.37.0", CheckFixture.Host));

        Assert.Equal(["tls warning tls-usage-any"], CheckFixture.Rules(await issuer.CheckAsync()));
        Assert.Empty(CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: ["vault", "openbao", "kubernetes"]))));
    }

    [Fact]
    public async Task Rejects_a_certificate_for_clients_before_anything_is_fetched()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.LeafFor("1.3.6.1.5.5.7.3.2", CheckFixture.Host));

        CheckReport report = await issuer.CheckAsync();

        Assert.Equal(["tls error tls-untrusted"], CheckFixture.Rules(report));
        Assert.EndsWith(": it is not for servers (extended key usage)", Assert.Single(report.Findings).Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_an_expired_certificate()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.Leaf(CheckFixture.Host, lifetime: TimeSpan.FromDays(1)));

        Assert.Equal(["tls error tls-expired"], CheckFixture.Rules(await issuer.CheckAsync()));
    }

    [Fact]
    public async Task Names_a_closed_port_once_and_skips_what_needs_a_connection()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        CheckRequest request = issuer.Request("https://issuer.example.test:1") with
        {
            Overrides = new ConnectionOverrides { Resolve = [new ResolveEntry("issuer.example.test", 1, [System.Net.IPAddress.Loopback])] },
        };

        CheckReport report = await issuer.CheckAsync(request);

        Assert.Equal(["tcp warning override-failed"], CheckFixture.Rules(report));
        Assert.All(report.Steps.Skip(3).Take(4), step => Assert.Equal((StepOutcome.Skipped, "no connection"), (step.Outcome, step.Summary)));
        Assert.Equal("127.0.0.1:1 refused the connection", report.Steps[2].Findings.Single().Found);
    }

    [Fact]
    public async Task Neutralises_what_a_hostile_server_would_write_on_a_terminal()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = "{\"issuer\":\"https://\\u001b[31mred\\u001b]0;title\\u0007\",\"jwks_uri\":\"https://\\u001b[2J/\"}";

        CheckReport report = await issuer.CheckAsync();

        string text = string.Join('\n', new TextReport(report, isQuiet: false, "here").Lines());
        Assert.Contains("issuer-mismatch", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        Assert.DoesNotContain('\u0007', text);
        Assert.DoesNotContain('\u001b', JsonReport.Of(report, "here"));
    }

    [Fact]
    public async Task Validates_as_the_relying_party_that_is_requested()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Keys = $$"""{"keys":[{{Build.Rsa("a")}},{{EcKey}}]}""";
        issuer.Discovery = issuer.Discovery.Replace("\"RS256\"", "\"RS256\",\"ES256\"", StringComparison.Ordinal);

        Assert.Equal(["jwks warning key-algorithm"], CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: ["entra"]))));
        Assert.Equal(["url warning issuer-port"], CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: ["aws"]))));
        Assert.Empty(CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: ["google", "vault", "openbao", "kubernetes", "generic"]))));
    }

    [Fact]
    public async Task Names_private_addresses_that_DNS_gives()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.Leaf("localhost"));
        string url = $"https://localhost:{issuer.Port}";
        issuer.Discovery = $$"""{"issuer":"{{url}}","jwks_uri":"{{url}}/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""";

        string[] rules = CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(url)));

        Assert.Contains("dns warning address-private", rules);
        Assert.DoesNotContain("dns warning address-private", CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(url, profiles: ["vault"]))));
    }

    [Fact]
    public async Task Names_a_host_that_does_not_resolve()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();

        CheckReport report = await issuer.CheckAsync(issuer.Request("https://nowhere.example.invalid") with { Overrides = new ConnectionOverrides { Lookup = (_, _) => throw new SocketException((int)SocketError.HostNotFound) } });

        Assert.Equal(["dns error dns-failed"], CheckFixture.Rules(report));
        Assert.Equal(["tcp Skipped", "tls Skipped"], report.Steps.Skip(2).Take(2).Select(step => $"{step.Step} {step.Outcome}"));
    }

    [Fact]
    public async Task Names_a_clock_that_is_wrong_and_a_response_that_is_slow()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        SteppingTime time = new(DateTimeOffset.Parse("2026-11-24T12:00:00Z"));
        issuer.Misbehave = http =>
        {
            http.Response.Headers.Date = time.GetUtcNow().AddHours(-1).ToString("R");
            time.Advance(TimeSpan.FromSeconds(3));
            return Task.FromResult(false);
        };

        CheckReport report = await new IssuerCheck(issuer.Request(), upstream: null, exchange: null, time).RunAsync(CancellationToken.None);

        Assert.Equal(
            ["discovery warning http-slow", "jwks warning http-slow", "caching warning clock-skew"],
            CheckFixture.Rules(report));
    }

    [Fact]
    public async Task One_slow_server_is_one_finding_with_what_each_party_does()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        SteppingTime time = new(DateTimeOffset.Parse("2026-11-24T12:00:00Z"));
        issuer.Misbehave = http =>
        {
            time.Advance(TimeSpan.FromSeconds(http.Request.Path.Value!.EndsWith("jwks", StringComparison.Ordinal) ? 16 : 0));
            return Task.FromResult(false);
        };

        CheckReport report = await new IssuerCheck(issuer.Request(profiles: ["entra", "aws", "vault", "kubernetes"]), upstream: null, exchange: null, time).RunAsync(CancellationToken.None);

        CheckFinding finding = Assert.Single(report.Findings, finding => finding.Id.StartsWith("http-", StringComparison.Ordinal));
        Assert.Equal("http-timeout", finding.Id);
        Assert.Equal(
            [("entra", Severity.Warning, "how long it waits is not documented"), ("aws", Severity.Error, Responses.AwsFetch), ("kubernetes", Severity.Warning, "waits 30 s")],
            finding.Responses.Select(entry => (entry.Party, entry.Severity!.Value, entry.Response!)));
        Assert.Equal(["entra Accepts", "aws Rejects", "vault Accepts", "kubernetes Accepts"], Verdicts(report));
    }

    /// <summary>An API server that is asked, and a token that is sent, after the time was up would be what nobody waits for.</summary>
    [Fact]
    public async Task Neither_asks_the_API_servers_nor_sends_a_token_once_the_time_is_up()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        PublisherFixture.ScriptedSource upstream = new();
        int sent = 0;
        issuer.Misbehave = async http =>
        {
            sent += http.Request.Method == "POST" ? 1 : 0;
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };
        ExchangeRequest exchange = new() { Tenant = "11111111-2222-3333-4444-555555555555", ClientId = "a", Endpoint = new Uri(issuer.Issuer) };

        CheckReport report = await new IssuerCheck(issuer.Request() with { Timeout = TimeSpan.FromSeconds(1) }, upstream, exchange, TimeProvider.System).RunAsync(CancellationToken.None);

        Assert.Equal((0, 0), (upstream.Fetches, sent));
        Assert.All(report.Steps.Where(step => step.Step is "upstream" or "exchange"), step => Assert.Equal((StepOutcome.Skipped, "the time of --timeout was up"), (step.Outcome, step.Summary)));
    }

    [Fact]
    public async Task A_server_that_does_not_respond_is_one_finding_also_where_some_parties_wait_longer_than_the_check()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Misbehave = async http =>
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };

        CheckReport report = await issuer.CheckAsync(issuer.Request(profiles: ["aws", "vault", "kubernetes"]) with { Timeout = TimeSpan.FromSeconds(6) });

        CheckFinding finding = Assert.Single(report.Findings, finding => finding.Id != "issuer-port");
        Assert.Equal("http-timeout", finding.Id);
        Assert.Equal(["waits without a limit", "waits 30 s"], finding.Responses.Skip(1).Select(entry => entry.Response));
        Assert.Equal(["aws Rejects", "vault Unknown", "kubernetes Unknown"], Verdicts(report));
        Assert.Equal("the time of --timeout was up", report.WhyOpen(report.Parties[1]));
    }

    [Theory]
    [InlineData("{\"keys\":[],\"KEYS\":[$]}", "/openid/v1/jwks", "entra Rejects, aws Rejects, vault Accepts, openbao Accepts, kubernetes Accepts, generic Rejects")]
    [InlineData("{\"keys\":[$],\"KEYS\":[]}", "/openid/v1/jwks", "entra Accepts, aws Accepts, vault Rejects, openbao Rejects, kubernetes Rejects, generic Accepts")]
    [InlineData("{\"keys\":[$]}", "/openid/v1/jwks#keys", "entra MightReject, aws MightReject, vault Accepts, openbao Accepts, kubernetes Accepts, generic Rejects")]
    [InlineData("{\"keys\":[$]}", "/a/../openid/./v1/jwks", "entra MightReject, aws MightReject, vault Accepts, openbao Accepts, kubernetes Accepts, generic Rejects")]
    [InlineData("{\"keys\":[$]}", "/openid/v1/the jwks", "entra MightReject, aws MightReject, vault Accepts, openbao Accepts, kubernetes Accepts, generic Rejects")]
    public async Task Each_party_has_a_verdict_on_what_only_Go_reads(string keys, string path, string verdicts)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Keys = keys.Replace("$", Build.Rsa("a"), StringComparison.Ordinal);
        issuer.Discovery = issuer.Discovery.Replace("/openid/v1/jwks", path, StringComparison.Ordinal);

        CheckReport report = await issuer.CheckAsync(issuer.Request(profiles: ["entra", "aws", "vault", "openbao", "kubernetes", "generic"]));

        Assert.Equal(verdicts, string.Join(", ", Verdicts(report)));
    }

    /// <summary>A token that only Go's parties can verify, because only they read the key.</summary>
    [Fact]
    public async Task A_token_is_verified_with_the_keys_that_the_party_reads()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = issuer.Discovery.Replace(issuer.Issuer, Build.Url, StringComparison.Ordinal);
        issuer.Keys = "{\"keys\":[],\"KEYS\":" + issuer.Keys[issuer.Keys.IndexOf('[', StringComparison.Ordinal)..];

        CheckReport report = await issuer.CheckAsync(issuer.Request(Build.Url, Recorded.Token("token-azure-demo-exchange-audience"), ["entra", "vault"]) with
        {
            Overrides = new ConnectionOverrides { ConnectTo = [new ConnectTo(null, 443, "127.0.0.1", issuer.Port)], Roots = [issuer.Authority.Root] },
        });

        Assert.Equal(["jwks error key-set-empty", "token error token-expired"], CheckFixture.Rules(report).Where(rule => rule.Contains("error", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0, "aws MightReject, entra MightReject")]
    [InlineData(1, "aws Rejects, entra Rejects")]
    public async Task What_is_only_assumed_is_not_certain(int index, string verdicts)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Keys = $"{{\"keys\":[{Build.Rsa("a").Replace("\"AQAB\"", index == 0 ? "\"AQ\\nAB\"" : "\"\"", StringComparison.Ordinal)}]}}";

        CheckReport report = await issuer.CheckAsync(issuer.Request(profiles: ["aws", "entra"]));

        Assert.Equal([index == 0 ? "jwks error key-encoding" : "jwks error key-malformed"], CheckFixture.Rules(report).Where(rule => rule.StartsWith("jwks", StringComparison.Ordinal)));
        Assert.Equal(verdicts, string.Join(", ", Verdicts(report)));
    }

    private static IEnumerable<string> Verdicts(CheckReport report) => report.Parties.Select(party => $"{party.Id} {report.VerdictOf(party)}");
}
