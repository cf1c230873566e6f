using System.Net;
using System.Net.Sockets;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Checking;

/// <summary>A discovery document of an attacker never decides whom the machine that runs the check talks to.</summary>
public sealed class HostileIssuerTests
{
    [Theory]
    [InlineData("https://127.0.0.1:PORT/keys HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nPOST /admin HTTP/1.1\\r\\nX: ")]
    [InlineData("https://127.0.0.1:PORT/keys\\r\\nX-Injected: 1")]
    [InlineData("https://127.0.0.1:PORT/keys\\nX-Injected: 1")]
    [InlineData("https://127.0.0.1:PORT/keys\\t")]
    [InlineData("https://127.0.0.1:PORT/a b")]
    [InlineData("https://127.0.0.1:PORT/\\u0000")]
    [InlineData("https://127.0.0.1:PORT/\\u00e9")]
    [InlineData("https://127.0.0.1:PORT/\\u010a")]
    [InlineData("https://127.0.0.1:PORT?a=b\\r\\nX: 1")]
    [InlineData("https://127.0.0.1:PORT\\r\\nX: 1/")]
    [InlineData("https://user:pass@127.0.0.1:PORT/keys")]
    [InlineData("https://127.0.0.1:PORT/keys#fragment")]
    [InlineData("https://127.0.0.1:PORT/a/../keys")]
    [InlineData("https://127.0.0.1:PORT/%2e%2E/keys")]
    [InlineData("https://127.0.0.1:PORT\\\\@issuer.example.test/keys")]
    [InlineData("http://127.0.0.1:PORT/keys")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1:PORT/")]
    [InlineData("//127.0.0.1:PORT/keys")]
    [InlineData("https:127.0.0.1:PORT/keys")]
    [InlineData("https://127.0.0.1:0PORT0/keys")]
    [InlineData("https://\\u24dbocalhost:PORT/keys")]
    [InlineData("https://127\\u30020\\u30020\\u30021:PORT/keys")]
    [InlineData("https://[fe80::1%25lo]:PORT/keys")]
    [InlineData("https://[::1%25lo]:PORT/keys")]
    [InlineData("https://@127.0.0.1:PORT/keys")]
    [InlineData("https://a:b:c@127.0.0.1:PORT/keys")]
    [InlineData("https://127.0.0.1%2f@issuer.example.test:PORT/keys")]
    [InlineData("https://127.0.0.1:PORT:PORT/keys")]
    [InlineData("https:///127.0.0.1:PORT/keys")]
    [InlineData("https://127.0.0.1:PORT;/keys")]
    [InlineData(" https://127.0.0.1:PORT/keys")]
    [InlineData("data:application/json,{}")]
    [InlineData("")]
    public async Task Requests_no_URL_that_the_strict_parser_rejects(string keySetUri)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using Target target = new();
        Point(issuer, keySetUri.Replace("PORT", target.Port, StringComparison.Ordinal));

        CheckReport report = await issuer.CheckAsync(Allowing(issuer, allowPrivate: true));

        Assert.Contains(CheckFixture.Rules(report), rule => rule is "jwks error jwks-uri-malformed" or "jwks error jwks-uri-unusual");
        if (!keySetUri.StartsWith("http:", StringComparison.Ordinal))
        {
            // Go's parties request some of them, and plain http.
            CheckReport ofGo = await issuer.CheckAsync(Allowing(issuer, allowPrivate: true) with { Parties = [RelyingParty.Find("vault")!] });
            Assert.Contains(CheckFixture.Rules(ofGo), rule => rule is "jwks error jwks-uri-malformed" or "jwks warning jwks-uri-malformed" or "discovery error jwks-uri-missing");
            Assert.NotEqual(Verdict.Accepts, ofGo.VerdictOf(ofGo.Parties[0]));
        }

        Assert.Equal(0, target.Connections);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1")]
    [InlineData("0x7f000001")]
    [InlineData("2130706433")]
    [InlineData("0177.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("[::1]")]
    [InlineData("[::]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:0:127.0.0.1]")]
    [InlineData("[::127.0.0.1]")]
    [InlineData("[64:ff9b::7f00:1]")]
    [InlineData("[64:ff9b::a9fe:a9fe]")]
    [InlineData("[2002:7f00:1::]")]
    [InlineData("[fe80::1]")]
    [InlineData("[fd00:ec2::254]")]
    [InlineData("[ff02::1]")]
    [InlineData("169.254.169.254")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("192.0.0.170")]
    [InlineData("192.168.0.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("localhost")]
    [InlineData("LOCALHOST")]
    [InlineData("[::ffff:7f00:1]")]
    [InlineData("[0:0:0:0:0:ffff:127.0.0.1]")]
    [InlineData("[64:ff9b:1::7f00:1]")]
    [InlineData("[2001:0:4136:e378:8000:63bf:80ff:fffe]")]
    [InlineData("017700000001")]
    [InlineData("0x7f.1")]
    [InlineData("172.31.255.255")]
    [InlineData("240.0.0.1")]
    public async Task Connects_to_no_private_address_that_a_document_names(string host)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using Target target = new();
        Point(issuer, $"https://{host}:{target.Port}/keys");

        CheckReport report = await issuer.CheckAsync();

        string[] rules = CheckFixture.Rules(report);
        Assert.True(rules.Contains("jwks error address-foreign") || rules.Contains("jwks error jwks-uri-malformed"), string.Join(';', rules));
        Assert.Equal(0, target.Connections);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("93.184.215.14 127.0.0.1")]
    [InlineData("2606:2800:21f:cb07:6820:80da:af6b:8b2c ::1")]
    [InlineData("93.184.215.14 ::ffff:10.0.0.1")]
    public async Task Connects_to_no_name_of_a_document_with_a_private_address(string addresses)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using Target target = new();
        Point(issuer, $"https://keys.attacker.example:{target.Port}/keys");
        CheckRequest request = Looking(issuer, _ => [.. addresses.Split(' ').Select(IPAddress.Parse)]);

        Assert.Contains("jwks error address-foreign", CheckFixture.Rules(await issuer.CheckAsync(request)));
        Assert.Equal(0, target.Connections);
    }

    [Fact]
    public async Task Connects_to_the_addresses_of_the_one_lookup_that_was_validated()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using Target target = new();
        Point(issuer, $"https://keys.attacker.example:{target.Port}/keys");
        int lookups = 0;
        CheckRequest request = Looking(issuer, _ => [Interlocked.Increment(ref lookups) == 1 ? IPAddress.Parse("255.0.0.1") : IPAddress.Loopback]);

        _ = await issuer.CheckAsync(request with { Timeout = TimeSpan.FromSeconds(5) });

        Assert.Equal((1, 0), (lookups, target.Connections));
    }

    [Fact]
    public async Task Keeps_the_addresses_of_the_typed_issuer_from_the_first_step_on()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        int lookups = 0;
        CheckRequest request = issuer.Request() with
        {
            Overrides = new ConnectionOverrides
            {
                Roots = [issuer.Authority.Root],
                Lookup = (_, _) => Task.FromResult<IPAddress[]>([Interlocked.Increment(ref lookups) == 1 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.99")]),
            },
        };

        CheckReport report = await issuer.CheckAsync(request);

        Assert.Equal(["dns warning address-private"], CheckFixture.Rules(report));
        Assert.Equal(1, lookups);
    }

    [Fact]
    public async Task Follows_a_document_to_a_private_address_only_when_that_is_allowed()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        await using CheckFixture keys = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        Point(issuer, $"https://127.0.0.1:{keys.Port}/keys");
        int requests = 0;
        keys.Misbehave = _ =>
        {
            requests++;
            return Task.FromResult(false);
        };
        ConnectionOverrides both = issuer.Request().Overrides with { Roots = [issuer.Authority.Root, keys.Authority.Root] };

        Assert.Equal(["jwks error address-foreign"], CheckFixture.Rules(await issuer.CheckAsync(issuer.Request() with { Overrides = both })));
        Assert.Equal(0, requests);
        Assert.Empty(CheckFixture.Rules(await issuer.CheckAsync(issuer.Request() with { Overrides = both with { AllowPrivate = true } })));
        Assert.Equal(1, requests);
    }

    [Fact]
    public async Task Requests_nothing_over_a_certificate_that_is_not_accepted()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        await using CheckFixture keys = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        Point(issuer, $"https://127.0.0.1:{keys.Port}/keys");
        int requests = 0;
        issuer.Misbehave = keys.Misbehave = _ =>
        {
            requests++;
            return Task.FromResult(false);
        };

        Assert.Equal(["jwks error tls-untrusted"], CheckFixture.Rules(await issuer.CheckAsync(Allowing(issuer, allowPrivate: true))));
        Assert.Equal(1, requests);

        using TestAuthority other = new();
        Assert.Equal(["tls error tls-untrusted"],
            CheckFixture.Rules(await issuer.CheckAsync(issuer.Request() with { Overrides = issuer.Request().Overrides with { Roots = [other.Root] } })));
        Assert.Equal(1, requests);
    }

    /// <summary>Hosts that some parsers make an address of and others a name: wherever they lead, it is not there.</summary>
    [Theory]
    [InlineData("127.0.0.1.")]
    [InlineData("foo.localhost")]
    [InlineData("localhost.")]
    [InlineData("127.0.0.1.nip.io.localhost")]
    [InlineData("127.0.0.1%2e")]
    [InlineData("0")]
    [InlineData("127.0.0.0x1")]
    [InlineData("1.0.0.127.in-addr.arpa")]
    public async Task Reaches_nothing_here_by_a_host_that_is_read_in_two_ways(string host)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using Target target = new();
        Point(issuer, $"https://{host}:{target.Port}/keys");

        CheckReport report = await issuer.CheckAsync(issuer.Request() with { Timeout = TimeSpan.FromSeconds(10) });

        Assert.Equal(StepOutcome.Failed, report.Steps.Single(step => step.Step == "jwks").Outcome);
        Assert.Equal(0, target.Connections);
    }

    [Fact]
    public async Task Follows_no_chain_of_redirects_that_ends_at_a_private_address()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using Target target = new();
        int requests = 0;
        issuer.Misbehave = http =>
        {
            http.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            http.Response.Headers.Location = ++requests < 3 ? $"/hop/{requests}" : $"https://127.0.0.1:{target.Port}/";
            return Task.FromResult(true);
        };

        Assert.Equal(["discovery warning address-foreign"], CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: ["vault"]))));
        Assert.Equal((3, 0), (requests, target.Connections));
    }

    [Theory]
    [InlineData("https://127.0.0.1:PORT/")]
    [InlineData("http://127.0.0.1:PORT/")]
    [InlineData("//127.0.0.1:PORT/")]
    [InlineData("ftp://127.0.0.1:PORT/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("data:application/json,{}")]
    [InlineData("https://issuer.example.test@127.0.0.1:PORT/")]
    [InlineData("https:/127.0.0.1:PORT/")]
    [InlineData("\\\\127.0.0.1:PORT\\a")]
    [InlineData("/\\127.0.0.1:PORT/")]
    [InlineData("/%2f127.0.0.1:PORT/../..//127.0.0.1:PORT/")]
    [InlineData("https://[::ffff:127.0.0.1]:PORT/")]
    [InlineData("https://127.0.0.1:PORT/a%0d%0aX:1")]
    public async Task Follows_no_redirect_to_a_private_address(string location)
    {
        await RedirectAsync(location, "entra");
        await RedirectAsync(location, "vault");
    }

    private static async Task RedirectAsync(string location, string profile)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using Target target = new();
        issuer.Misbehave = http =>
        {
            http.Response.StatusCode = StatusCodes.Status302Found;
            http.Response.Headers.Location = location.Replace("PORT", target.Port, StringComparison.Ordinal);
            return Task.FromResult(true);
        };

        string[] rules = CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: [profile])));

        Assert.Contains(rules, rule => rule is "discovery error http-redirect" or "discovery error redirect-refused" or "discovery warning redirect-refused" or "discovery warning address-foreign");
        Assert.Equal(0, target.Connections);
    }

    [Fact]
    public async Task Ends_a_chain_of_redirects_that_has_no_end()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        int requests = 0;
        issuer.Misbehave = http =>
        {
            http.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            http.Response.Headers.Location = $"/next/{++requests}";
            return Task.FromResult(true);
        };

        CheckReport report = await issuer.CheckAsync(issuer.Request(profiles: ["vault"]));

        Assert.Equal(["discovery error redirect-refused"], CheckFixture.Rules(report));
        Assert.Equal(10, requests);
    }

    [Fact]
    public async Task Follows_a_redirect_only_as_a_party_that_does()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Misbehave = http =>
        {
            bool isFirst = http.Request.Path == "/.well-known/openid-configuration" && http.Request.QueryString.Value!.Length == 0;
            http.Response.StatusCode = isFirst ? StatusCodes.Status302Found : 200;
            http.Response.Headers.Location = isFirst ? "/.well-known/openid-configuration?moved" : default;
            return Task.FromResult(isFirst);
        };

        Assert.Equal(["discovery error http-redirect"], CheckFixture.Rules(await issuer.CheckAsync()));
        Assert.Empty(CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: ["vault", "openbao", "kubernetes"]))));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(40_000)]
    public async Task Reads_no_endless_headers(int headers)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Misbehave = http =>
        {
            for (int i = 0; i < headers; i++)
            {
                http.Response.Headers[$"x-{i}"] = "y";
            }

            return Task.FromResult(false);
        };

        Assert.Equal(headers == 100 ? [] : ["discovery error http-headers-large"], CheckFixture.Rules(await issuer.CheckAsync()));
    }

    [Fact]
    public async Task Lets_no_proxy_hide_where_a_document_leads()
    {
        using Target target = new();
        DocumentUrl typed = Url("https://oidc.example.com/.well-known/openid-configuration");
        using PublicDocumentFetcher fetcher = new(typed, ConnectionOverrides.None, new Uri($"http://127.0.0.1:{target.Port}"), TimeProvider.System);

        FetchResult result = await fetcher.GetAsync(Url("https://keys.attacker.example/keys"), CancellationToken.None);

        Assert.Equal("address-unseen", result.Fault!.Rule);
        Assert.Equal(0, target.Connections);
    }

    [Theory]
    [InlineData("https://oidc.example.com/a?tenant=b")]
    [InlineData("https://oidc.example.com:8443/keys/.well-known/openid-configuration")]
    [InlineData("https://[2001:db8::1]/keys")]
    [InlineData("https://oidc.example.com")]
    public void Accepts_the_URLs_of_honest_documents(string url) => Assert.Equal(url, Url(url).Value);

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2049, false)]
    public void Bounds_a_URL(int length, bool isRead) => Assert.Equal(isRead, DocumentUrl.TryParse("https://issuer.example.test/".PadRight(length, 'a'), out _));

    private static DocumentUrl Url(string text) => DocumentUrl.TryParse(text, out DocumentUrl? url) ? url : throw new InvalidOperationException(text);

    private static void Point(CheckFixture issuer, string keySetUri) => issuer.Discovery = $$"""{"issuer":"{{issuer.Issuer}}","jwks_uri":"{{keySetUri}}","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""";

    private static CheckRequest Allowing(CheckFixture issuer, bool allowPrivate) =>
        issuer.Request() with { Overrides = issuer.Request().Overrides with { AllowPrivate = allowPrivate } };

    private static CheckRequest Looking(CheckFixture issuer, Func<string, IPAddress[]> lookup) =>
        issuer.Request() with { Overrides = issuer.Request().Overrides with { Lookup = (host, _) => Task.FromResult(lookup(host)) } };

    /// <summary>A listener on every local address that counts who connects.</summary>
    private sealed class Target : IDisposable
    {
        private readonly TcpListener listener = TcpListener.Create(0);
        private int connections;

        public Target()
        {
            listener.Start();
            _ = AcceptAsync();
        }

        public string Port => ((IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        public int Connections => Volatile.Read(ref connections);

        public void Dispose() => listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using Socket socket = await listener.AcceptSocketAsync();
                    Interlocked.Increment(ref connections);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test has ended.
            }
        }
    }
}
