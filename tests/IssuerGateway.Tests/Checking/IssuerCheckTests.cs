using IssuerGateway.Checking;
using IssuerGateway.Tests.Issuers;
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
            ["dns Passed", "tcp Passed", "tls Passed", "discovery Passed", "jwks Passed", "caching Passed", "token Skipped", "upstream Skipped", "exchange Skipped"],
            report.Steps.Select(step => $"{step.Step} {step.Outcome}"));
        Assert.False(report.HasErrors);
    }

    public static TheoryData<string, string[]> BadDocuments => new()
    {
        { """{"issuer":"ISSUER/","jwks_uri":"ISSUER/openid/v1/jwks"}""", ["discovery error issuer-mismatch"] },
        { """{"jwks_uri":"ISSUER/openid/v1/jwks"}""", ["discovery error issuer-missing"] },
        { """{"issuer":"ISSUER"}""", ["discovery error jwks-uri-missing"] },
        { """{"issuer":"ISSUER","issuer":"x","jwks_uri":"ISSUER/openid/v1/jwks"}""", ["discovery error discovery-malformed"] },
        { """{"issuer":"ISSUER","jwks_uri":"http://issuer.example.test/keys"}""", ["jwks error jwks-uri-malformed"] },
        { """{"issuer":"ISSUER","jwks_uri":"/keys"}""", ["jwks error jwks-uri-malformed"] },
        { """{"issuer":"ISSUER","jwks_uri":"ISSUER/openid/v1/jwks","response_types_supported":[]}""", ["discovery warning discovery-member-empty"] },
    };

    [Theory]
    [MemberData(nameof(BadDocuments))]
    public async Task Names_what_is_wrong_with_the_discovery_document(string json, string[] rules)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = json.Replace("ISSUER", issuer.Issuer, StringComparison.Ordinal);

        Assert.Equal(rules, CheckFixture.Rules(await issuer.CheckAsync()));
    }

    public static TheoryData<string, string[]> BadKeys => new()
    {
        { """{"keys":[]}""", ["jwks error key-set-empty"] },
        { "<html>", ["jwks error key-set-malformed"] },
        { """{"keys":[{"use":"sig","kid":"a","alg":"RS256","kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}]}""", ["jwks error private-key", "jwks warning rsa-short"] },
        { """{"keys":[{"use":"sig","kid":"a","alg":"ES256","kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}]}""", ["jwks warning no-rs256", "jwks warning key-algorithm"] },
    };

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
    public async Task Names_a_status_that_no_relying_party_takes_and_goes_on_to_the_keys(int status, string rule)
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

        Assert.Equal($"discovery error {rule}", CheckFixture.Rules(report)[0]);
        Assert.Equal(StepOutcome.Passed, report.Steps.Single(step => step.Step == "jwks").Outcome);
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

        Assert.Contains("discovery error http-timeout", rules);
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

    [Fact]
    public async Task Names_an_expired_certificate()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.Leaf(CheckFixture.Host, lifetime: TimeSpan.FromDays(1)));

        Assert.Equal(["tls error tls-expired"], CheckFixture.Rules(await issuer.CheckAsync()));
    }

    [Theory]
    [InlineData("http://issuer.example.test")]
    [InlineData("https://issuer.example.test?a=b")]
    [InlineData("https://issuer.example.test/.well-known/openid-configuration")]
    [InlineData("issuer.example.test")]
    public async Task Says_what_is_wrong_with_the_URL_and_connects_to_nothing(string url)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();

        CheckReport report = await issuer.CheckAsync(issuer.Request(url));

        Assert.Equal(["url error url-malformed"], CheckFixture.Rules(report));
    }

    [Fact]
    public async Task Names_a_closed_port_once_and_skips_what_needs_a_connection()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        CheckRequest request = issuer.Request("https://issuer.example.test:1") with
        {
            Overrides = new ConnectionOverrides { Resolve = new Dictionary<string, System.Net.IPAddress> { ["issuer.example.test:1"] = System.Net.IPAddress.Loopback } },
        };

        CheckReport report = await issuer.CheckAsync(request);

        Assert.Equal(["tcp error tcp-failed"], CheckFixture.Rules(report));
        Assert.All(report.Steps.Skip(2).Take(4), step => Assert.Equal((StepOutcome.Skipped, "no connection"), (step.Outcome, step.Summary)));
        Assert.Equal("127.0.0.1:1: connection refused", report.Steps[1].Findings.Single().Found);
    }

    [Fact]
    public async Task Neutralises_what_a_hostile_server_would_write_on_a_terminal()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = "{\"issuer\":\"https://\\u001b[31mred\\u001b]0;title\\u0007\",\"jwks_uri\":\"https://\\u001b[2J/\"}";

        CheckReport report = await issuer.CheckAsync();

        string text = string.Join('\n', TextReport.Lines(report, colour: false));
        Assert.Contains("issuer-mismatch", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        Assert.DoesNotContain('\u0007', text);
        Assert.DoesNotContain('\u001b', JsonReport.Of(report));
    }

    [Fact]
    public async Task Judges_by_the_relying_party_that_is_asked_for()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Keys = $$"""{"keys":[{{Build.Rsa("a")}},{"use":"sig","kid":"b","alg":"ES256","kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}]}""";

        Assert.Equal(["jwks warning key-algorithm"], CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: ["entra"]))));
        Assert.Equal(["discovery warning issuer-port"], CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: ["aws"]))));
        Assert.Empty(CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: ["google", "vault", "generic"]))));
    }

    [Fact]
    public async Task Names_private_addresses_that_DNS_gives()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.Leaf("localhost"));
        string url = $"https://localhost:{issuer.Port}";
        issuer.Discovery = $$"""{"issuer":"{{url}}","jwks_uri":"{{url}}/openid/v1/jwks"}""";

        string[] rules = CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(url)));

        Assert.Contains("dns warning address-private", rules);
        Assert.Contains("jwks error address-private", rules);
        Assert.DoesNotContain("dns warning address-private", CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(url, profiles: ["vault"]))));
    }

    [Fact]
    public async Task Names_a_host_that_does_not_resolve()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();

        CheckReport report = await issuer.CheckAsync(issuer.Request("https://nowhere.example.invalid"));

        Assert.Equal(["dns error dns-failed"], CheckFixture.Rules(report));
        Assert.Equal(["tcp Skipped", "tls Skipped"], report.Steps.Skip(1).Take(2).Select(step => $"{step.Step} {step.Outcome}"));
    }

    [Fact]
    public async Task Names_a_clock_that_is_wrong_and_an_answer_that_is_slow()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        SteppingTime time = new();
        issuer.Misbehave = http =>
        {
            http.Response.Headers.Date = time.GetUtcNow().AddHours(-1).ToString("R");
            time.Advance(TimeSpan.FromSeconds(3));
            return Task.FromResult(false);
        };

        CheckReport report = await new IssuerCheck(issuer.Request(), upstream: null, exchange: null, time).RunAsync(CancellationToken.None);

        Assert.Equal(
            ["discovery warning http-slow", "jwks warning http-slow", "caching warning clock-skew", "caching warning clock-skew"],
            CheckFixture.Rules(report));
    }

    /// <summary>Moves only when told to; its timers never fire.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private DateTimeOffset now = DateTimeOffset.Parse("2026-11-24T12:00:00Z");

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => now += by;

        public override DateTimeOffset GetUtcNow() => now;

        public override long GetTimestamp() => now.Ticks;
    }
}
