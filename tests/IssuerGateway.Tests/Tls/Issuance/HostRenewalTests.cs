using System.Text.Json.Nodes;
using IssuerGateway.Acme;
using IssuerGateway.Tests.Acme;
using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Issuance.Stores;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Tls.Issuance;

public sealed class HostRenewalTests : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private readonly SkippingTime time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private StandInCa ca = null!;

    public async ValueTask InitializeAsync() => ca = await StandInCa.StartAsync(directory.File("ca.pem"), time);

    public async ValueTask DisposeAsync()
    {
        await ca.DisposeAsync();
        directory.Dispose();
    }

    [Theory]
    [InlineData("P256", "1.2.840.10045.2.1")]
    [InlineData("Rsa2048", "1.2.840.113549.1.1.1")]
    public async Task Gets_a_certificate_and_serves_and_stores_it(string keyType, string algorithm)
    {
        using AcmeFixture gateway = New(("KeyType", keyType));

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Equal([AcmeFixture.Host], gateway.Served!.Names);
        Assert.Equal(algorithm, gateway.Served.Chain[0].PublicKey.Oid.Value);
        Assert.Equal(2, gateway.Served.Chain.Count);
        using AcmeFixture restarted = await New().LoadAsync();
        Assert.Equal(gateway.Served.Thumbprint, restarted.Served!.Thumbprint);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(directory.File($"store/{AcmeFixture.Host}.pem")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(directory.File("store/acme.json")));
    }

    [Fact]
    public async Task Queries_the_CA_through_the_proxy_alone_when_there_is_one()
    {
        await using ConnectProxy proxy = new();
        using AcmeFixture gateway = New(("Proxy", proxy.Url));

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Equal([AcmeFixture.Host], gateway.Served!.Names);
        Assert.NotEmpty(proxy.Requests);
        Assert.All(proxy.Requests, line => Assert.Equal($"CONNECT localhost:{ca.Directory.Port} HTTP/1.1", line));
        Assert.Equal(ca.Connections, proxy.Requests.Count);
    }

    [Fact]
    public async Task A_proxy_that_is_gone_is_named_and_not_passed_by()
    {
        using AcmeFixture gateway = New(("Proxy", "http://127.0.0.1:1"));

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Empty(ca.Requests);
        Assert.Contains($"see whether the proxy http://127.0.0.1:1 (Tls:Acme:Proxy) can be reached from here and opens connections to localhost:{ca.Directory.Port}", LastWarning(gateway), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orders_nothing_more_after_a_restart_or_a_further_look()
    {
        using AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        using AcmeFixture restarted = await New().LoadAsync();
        await restarted.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Single(ca.Orders);
    }

    [Fact]
    public async Task Logs_the_account_for_CAA_and_uses_one_account_for_all_hosts()
    {
        using AcmeFixture first = New();
        await first.Renewal.StepAsync(false, CancellationToken.None);
        using AcmeFixture second = await new AcmeFixture(ca, directory.Path, time, host: "b.example.test").LoadAsync();
        await second.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Single(first.Log.Lines, line => line.StartsWith("Information: ACME account https://localhost:", StringComparison.Ordinal)
            && line.EndsWith(": name it as accounturi in CAA records to allow nobody else", StringComparison.Ordinal));
        Assert.Single(ca.Requests, request => request == "POST /new-account");
    }

    [Fact]
    public async Task Falls_back_to_the_other_challenge_with_a_new_order_and_starts_with_it_next_time()
    {
        ca.ValidateAsync = (_, type, _) => Task.FromResult(type == "http-01" ? "connection" : null);
        using AcmeFixture gateway = New();

        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.NotNull(gateway.Served);
        Assert.Equal(["invalid", "valid"], ca.Orders.Select(order => order.Status));

        await gateway.Renewal.StepAsync(true, CancellationToken.None);
        Assert.Equal(["invalid", "valid", "valid"], ca.Orders.Select(order => order.Status));
    }

    [Fact]
    public async Task Alternates_challenges_and_orders_once_an_attempt_after_the_first_failure()
    {
        List<string> tried = [];
        ca.ValidateAsync = (_, type, _) =>
        {
            tried.Add(type);
            return Task.FromResult<string?>("connection");
        };
        using AcmeFixture gateway = New();
        for (int i = 0; i < 3; i++)
        {
            await gateway.Renewal.StepAsync(true, CancellationToken.None);
        }

        Assert.Equal(["http-01", "tls-alpn-01", "tls-alpn-01", "http-01"], tried);
        Assert.Equal(3, gateway.State.Failures);
    }

    [Fact]
    public async Task Responds_to_the_challenge_while_it_is_pending_and_not_afterwards()
    {
        string? responded = null, expected = null;
        using AcmeFixture gateway = New(("Challenges", "http-01"));
        ca.ValidateAsync = (_, _, authorization) =>
        {
            expected = authorization;
            responded = gateway.Responses.ForHttp(authorization.Split('.')[0]);
            return Task.FromResult<string?>(null);
        };

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.NotNull(expected);
        Assert.Equal(expected, responded);
        Assert.Null(gateway.Responses.ForHttp(expected.Split('.')[0]));
    }

    [Fact]
    public async Task Responds_to_a_challenge_once_although_it_looks_pending_for_a_while()
    {
        ca.PendingPolls = 3;
        using AcmeFixture gateway = New();

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.NotNull(gateway.Served);
        Assert.Single(ca.Requests, request => request.StartsWith("POST /challenge/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_the_certificate_that_is_replaced_only_to_a_CA_that_gives_renewal_information()
    {
        using AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        await gateway.Renewal.StepAsync(true, CancellationToken.None);
        ca.HasRenewalInfo = true;
        await gateway.Renewal.StepAsync(true, CancellationToken.None);

        Assert.Equal([true, true, false], ca.Orders.Select(order => order.Replaces is null));
    }

    [Theory]
    [InlineData("alreadyReplaced")]
    [InlineData("malformed")]
    public async Task Orders_without_replaces_when_the_CA_rejects_it(string problem)
    {
        ca.HasRenewalInfo = true;
        ca.Reject = (path, payload) => path == "/new-order" && payload!["replaces"] is not null ? (409, problem, null) : null;
        using AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        string first = gateway.Served!.Thumbprint;

        await gateway.Renewal.StepAsync(true, CancellationToken.None);

        Assert.NotEqual(first, gateway.Served.Thumbprint);
        Assert.Equal(0, gateway.State.Failures);
    }

    [Fact]
    public async Task Orders_the_configured_profile_and_rejects_one_that_the_CA_does_not_offer()
    {
        ca.Profiles = ["classic", "shortlived"];
        using AcmeFixture gateway = New(("Profile", "shortlived"));
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        using AcmeFixture wrong = new(ca, directory.Path, time, host: "b.example.test", more: ("Profile", "longlived"));
        await wrong.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Equal("shortlived", Assert.Single(ca.Orders).Profile);
        Assert.Contains("invalidProfile: Tls:Acme:Profile: found \"longlived\", the CA offers classic, shortlived. hint: set Tls:Acme:Profile to one of the CA's profiles, or remove it", LastWarning(wrong), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waits_out_a_rate_limit_also_over_a_restart()
    {
        ca.Reject = (path, _) => path == "/new-order" ? (429, "rateLimited", "7200") : null;
        using AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        int requested = ca.Requests.Count;

        using AcmeFixture restarted = await New().LoadAsync();
        TimeSpan wait = await restarted.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Equal(requested, ca.Requests.Count);
        Assert.Equal(TimeSpan.FromMinutes(10), wait);
        Assert.Equal(7200, (restarted.Renewal.Decide().At - time.GetUtcNow()).TotalSeconds, 1.0);
        ca.Reject = (_, _) => null;
        time.Advance(TimeSpan.FromHours(2));
        await restarted.Renewal.StepAsync(false, CancellationToken.None);
        Assert.NotNull(restarted.Served);
    }

    [Fact]
    public async Task Leaves_a_long_processing_order_alone_for_as_long_as_the_CA_requests_and_takes_it_up_again()
    {
        ca.Processing = (2, "3600");
        using AcmeFixture gateway = New();

        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.Null(gateway.Served);
        Assert.Equal(0, gateway.State.Failures);
        Assert.Equal(3600, (gateway.Renewal.Decide().At - time.GetUtcNow()).TotalSeconds, 1.0);

        for (int i = 0; i < 3 && gateway.Served is null; i++)
        {
            time.Advance(TimeSpan.FromHours(1));
            await gateway.Renewal.StepAsync(false, CancellationToken.None);
        }

        Assert.NotNull(gateway.Served);
        Assert.Single(ca.Orders);
    }

    [Fact]
    public async Task Registers_again_when_the_CA_has_lost_the_account()
    {
        using AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        string first = gateway.Served!.Thumbprint;
        ca.ForgetAccounts();

        await gateway.Renewal.StepAsync(true, CancellationToken.None);
        Assert.Equal(1, gateway.State.Failures);
        Assert.Equal(first, gateway.Served.Thumbprint);
        time.Advance(TimeSpan.FromMinutes(2));
        await gateway.Renewal.StepAsync(true, CancellationToken.None);

        Assert.NotEqual(first, gateway.Served.Thumbprint);
    }

    public static TheoryData<string, string, string> Rejections => new()
    {
        { "rejectedIdentifier", "rejectedIdentifier: refused: rejectedIdentifier", "the CA does not issue for a.example.test; use another CA or another host" },
        { "caa", "caa: refused: caa", "allow the CA in the CAA record of a.example.test" },
        { "unauthorized", "unauthorized: refused: unauthorized", "the CA does not accept the account or Tls:Acme:Eab; correct KeyId and HmacKeyFile, or allow the host for the account at the CA" },
        { "badNonce", "badNonce: refused: badNonce", "something between here and the CA caches responses; let it pass them through" },
        { "serverInternal", "serverInternal: refused: serverInternal", "nothing to do here: the CA has a fault, and the gateway retries" },
        { "html", "notAcme: https://localhost:<port>/new-order responded with 400 and text/html", "set Tls:Acme:Directory to the URL of the CA's ACME directory; a proxy or portal may be responding in its place" },
    };

    [Theory]
    [MemberData(nameof(Rejections))]
    public async Task Says_what_is_wrong_and_what_to_do_and_continues_by_itself(string type, string problem, string hint)
    {
        using AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        string before = gateway.Served!.Thumbprint;
        ca.Reject = (path, _) => path == "/new-order" ? (400, type, null) : null;
        await gateway.Renewal.StepAsync(true, CancellationToken.None);

        string notAfter = $"{gateway.Served.NotAfter:u}";
        Assert.Equal($"Warning: No new certificate for a.example.test: {problem}. hint: {hint}. Next attempt at {gateway.State.NotBefore:u}; the certificate valid until {notAfter} keeps serving",
            LastWarning(gateway).Replace(ca.Directory.Authority, "localhost:<port>", StringComparison.Ordinal));
        Assert.Equal(before, gateway.Served.Thumbprint);
        string label = problem[..problem.IndexOf(':', StringComparison.Ordinal)];
        Assert.Equal([$"issuer_gateway_acme_failures_total{{host=\"a.example.test\",problem=\"{label}\"}} 1"], await TlsFixture.MetricsAsync(gateway.Registry, "issuer_gateway_acme_failures"));

        ca.Reject = (_, _) => null;
        time.Advance(TimeSpan.FromDays(2));
        await gateway.Renewal.StepAsync(true, CancellationToken.None);
        Assert.NotEqual(before, gateway.Served.Thumbprint);
        Assert.Equal(0, gateway.State.Failures);
    }

    [Theory]
    [InlineData("dns", "let a.example.test resolve to this gateway in public DNS")]
    [InlineData("connection", "let the CA reach a.example.test on port 80 (http-01, to Edge:HttpPort) or 443 (tls-alpn-01, to Edge:HttpsPort)")]
    [InlineData("unauthorized", "see that a.example.test leads to this gateway on port 80 (http-01) or 443 (tls-alpn-01): something else responds there, or nothing")]
    public async Task Says_why_a_host_could_not_be_validated(string type, string hint)
    {
        ca.ValidateAsync = (_, _, _) => Task.FromResult<string?>(type);
        using AcmeFixture gateway = New();

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Contains($"{type}: could not validate a.example.test. hint: {hint}. ", LastWarning(gateway), StringComparison.Ordinal);
        Assert.StartsWith("Error: ", LastWarning(gateway), StringComparison.Ordinal);
        Assert.EndsWith("; to try at once: issuer-gateway renew a.example.test", LastWarning(gateway), StringComparison.Ordinal);
        Assert.Null(gateway.State.Order);
    }

    [Fact]
    public async Task Names_the_setting_when_the_private_root_is_missing()
    {
        File.WriteAllText(directory.File("ca.pem"), new TestCa("Other").Root.ExportCertificatePem());
        using AcmeFixture gateway = New();

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Contains("untrusted: ", LastWarning(gateway), StringComparison.Ordinal);
        Assert.Contains($"hint: add the root of the CA's own certificate to {directory.File("ca.pem")} (Tls:Acme:CaFile), which is read again at each attempt; if the CA has not changed it, something on the way replaces certificates", LastWarning(gateway), StringComparison.Ordinal);
        Assert.Equal("for a private CA set Tls:Acme:CaFile to its root; otherwise something on the way replaces certificates",
            AcmeHints.For(AcmeProblem.Of(AcmeProblemType.Untrusted, "its certificate is not trusted (PartialChain)"), AcmeFixture.Host, gateway.Settings with { CaFile = null }));
    }

    // The CA moves its own HTTPS to another root: a bundle with both is read without a restart.
    [Fact]
    public async Task Takes_a_bundle_that_was_rotated_while_it_ran()
    {
        string right = File.ReadAllText(directory.File("ca.pem"));
        File.WriteAllText(directory.File("ca.pem"), new TestCa("Other").Root.ExportCertificatePem());
        using AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.Null(gateway.Served);

        // Glued, as cat makes it of a file without a final newline.
        File.WriteAllText(directory.File("ca.pem"), File.ReadAllText(directory.File("ca.pem")).TrimEnd() + right);
        await gateway.Renewal.StepAsync(true, CancellationToken.None);

        Assert.NotNull(gateway.Served);
    }

    [Theory]
    [InlineData("CaFile", "missing.pem", "settings: Tls:Acme:CaFile: missing.pem: no such file")]
    [InlineData("Directory", "https://localhost:1/directory", "unreachable: https://localhost:1/directory: ")]
    public async Task Names_the_setting_that_keeps_it_from_the_CA(string key, string value, string expected)
    {
        using AcmeFixture gateway = New((key, value));

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Contains(expected, LastWarning(gateway), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_a_wrong_directory_URL()
    {
        using AcmeFixture gateway = New(("Directory", ca.Directory.OriginalString + "s"));

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Contains("hint: ", LastWarning(gateway), StringComparison.Ordinal);
        Assert.DoesNotContain("/new-account", ca.Requests.Select(request => request.Split(' ')[1]));
    }

    [Fact]
    public async Task Tells_the_CA_that_its_terms_are_agreed_to_and_whom_to_contact()
    {
        ca.Terms = "https://ca.example/terms";
        JsonNode? sent = null;
        ca.Reject = (path, payload) =>
        {
            sent = path == "/new-account" ? payload : sent;
            return null;
        };
        using AcmeFixture gateway = New(("Contacts", "ops@example.test"));
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.NotNull(gateway.Served);
        Assert.Equal("""{"contact":["mailto:ops@example.test"],"termsOfServiceAgreed":true}""", sent!.ToJsonString());
    }

    [Fact]
    public async Task Orders_nothing_while_the_store_takes_nothing_and_recovers_without_a_restart()
    {
        FaultyStore store = new(new DirectoryAcmeStore(directory.File("store"), time));
        using AcmeFixture gateway = new(ca, directory.Path, time, store);
        store.Fault = "no space left";
        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Empty(ca.Orders);
        Assert.Contains("storeNotWritable: the faulty store: no space left. hint: make the store writable", LastWarning(gateway), StringComparison.Ordinal);

        store.Fault = null;
        time.Advance(TimeSpan.FromMinutes(2));
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.NotNull(gateway.Served);
    }

    [Fact]
    public async Task Serves_a_certificate_that_could_not_be_stored_and_stores_the_same_one_later()
    {
        FaultyStore store = new(new DirectoryAcmeStore(directory.File("store"), time)) { CertificateFault = "no space left" };
        using AcmeFixture gateway = await new AcmeFixture(ca, directory.Path, time, store).LoadAsync();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        string served = gateway.Served!.Thumbprint;
        Assert.False(File.Exists(directory.File($"store/{AcmeFixture.Host}.pem")));

        store.CertificateFault = null;
        time.Advance(TimeSpan.FromMinutes(2));
        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Equal(served, gateway.Served.Thumbprint);
        Assert.Single(ca.Orders);
        using AcmeFixture restarted = await New().LoadAsync();
        Assert.Equal(served, restarted.Served!.Thumbprint);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"version\":1,\"accounts\":{")]
    [InlineData("")]
    public async Task Puts_a_broken_state_aside_once_and_starts_over(string content)
    {
        Directory.CreateDirectory(directory.File("store"));
        File.WriteAllText(directory.File("store/acme.json"), content);
        DirectoryAcmeStore store = new(directory.File("store"), time);

        StoredState first = await store.LoadAsync(CancellationToken.None);
        Assert.Null(first.State);
        Assert.NotNull(first.Damaged);
        Assert.Equal(content, File.ReadAllText(directory.File("store/acme.json")));
        using AcmeFixture gateway = await New().LoadAsync();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.NotNull(gateway.Served);
        Assert.Equal(content, File.ReadAllText(Assert.Single(Directory.GetFiles(directory.File("store"), "acme.json.broken-*"))));
    }

    [Theory]
    [InlineData("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----", "https://ca.example/order/1")]
    [InlineData("", "https://ca.example/order/1")]
    [InlineData(null, "not a URL")]
    public async Task Gives_up_a_stored_order_that_cannot_be_used(string? leafKey, string url)
    {
        using AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        string first = gateway.Served!.Thumbprint;
        OrderState order = new() { AccountUrl = gateway.State.Certificate!.AccountUrl, Url = url, LeafKeyPem = leafKey ?? IssuerGateway.Acme.Signing.LeafKey.Create(default) };
        await gateway.StateCache.ChangeHostAsync(AcmeFixture.Host, state => state with { Order = order }, CancellationToken.None);

        await gateway.Renewal.StepAsync(true, CancellationToken.None);

        Assert.NotEqual(first, gateway.Served.Thumbprint);
    }

    [Fact]
    public async Task Makes_a_new_account_when_the_stored_key_cannot_be_read()
    {
        using AcmeFixture gateway = New();
        await gateway.StateCache.ChangeAccountAsync(ca.Directory.OriginalString, new AccountState { KeyPem = "torn", Url = "https://ca.example/account/1" }, CancellationToken.None);

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.NotNull(gateway.Served);
        Assert.Contains($"Warning: The account key for {ca.Directory} in the store cannot be read; a new account takes its place", gateway.Log.Lines);
    }

    [Fact]
    public async Task Orders_from_another_CA_at_once_and_serves_the_old_certificate_until_then()
    {
        using AcmeFixture gateway = New();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        string old = gateway.Served!.Thumbprint;
        await using StandInCa other = await StandInCa.StartAsync(directory.File("other.pem"), time);
        using AcmeFixture moved = await new AcmeFixture(other, directory.Path, time, more: ("CaFile", directory.File("other.pem"))).LoadAsync();
        Assert.Equal(old, moved.Served!.Thumbprint);

        await moved.Renewal.StepAsync(false, CancellationToken.None);

        Assert.NotEqual(old, moved.Served.Thumbprint);
        Assert.Single(other.Orders);
    }

    [Fact]
    public async Task Does_not_reissue_in_a_loop_when_the_window_of_the_CA_stays_in_the_past()
    {
        ca.HasRenewalInfo = true;
        ca.Window = (time.GetUtcNow().AddDays(-2), time.GetUtcNow().AddDays(-1));
        using AcmeFixture gateway = New();
        DateTimeOffset end = time.GetUtcNow().AddDays(14);

        while (time.GetUtcNow() < end)
        {
            time.Advance(await gateway.Renewal.StepAsync(false, CancellationToken.None));
        }

        Assert.InRange(ca.Orders.Count, 2, 8);
    }

    [Fact]
    public async Task Warns_of_a_clock_that_is_hours_away_from_the_CAs_and_takes_the_certificate_all_the_same()
    {
        FakeTimeProvider behind = new(time.GetUtcNow().AddHours(-5));
        SkippingTime wrong = new(behind.GetUtcNow());
        using AcmeFixture gateway = new(ca, directory.Path, wrong);

        await gateway.Renewal.StepAsync(false, CancellationToken.None);

        Assert.NotNull(gateway.Served);
        Assert.Contains(gateway.Log.Lines, line => line.StartsWith("Warning: The clock of this machine is 0", StringComparison.Ordinal) && line.Contains(" behind the CA's", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(6, false)]
    [InlineData(45, true)]
    [InlineData(45, false)]
    [InlineData(90, true)]
    [InlineData(90, false)]
    public async Task Keeps_a_valid_certificate_in_force_for_eighty_days(int lifetimeDays, bool hasRenewalInfo)
    {
        ca.Lifetime = TimeSpan.FromDays(lifetimeDays);
        ca.HasRenewalInfo = hasRenewalInfo;
        Random random = new(lifetimeDays);

        // One order in three meets a bad day.
        ca.Reject = (path, _) => path == "/new-order" && random.Next(3) == 0 ? (503, "serverInternal", null) : null;
        using AcmeFixture gateway = New();
        while (gateway.Served is null)
        {
            time.Advance(await gateway.Renewal.StepAsync(false, CancellationToken.None));
        }

        DateTimeOffset end = time.GetUtcNow().AddDays(80);
        while (time.GetUtcNow() < end)
        {
            time.Advance(await gateway.Renewal.StepAsync(false, CancellationToken.None));
            Assert.True(gateway.Served.IsValidAt(time.GetUtcNow()), $"expired at {gateway.Served.NotAfter}");
        }

        Assert.InRange(ca.Issued.Count(), lifetimeDays == 90 ? 2 : lifetimeDays == 45 ? 3 : 20, lifetimeDays == 90 ? 2 : lifetimeDays == 45 ? 4 : 32);
    }

    private AcmeFixture New(params (string Key, string Value)[] more) => new(ca, directory.Path, time, more: more);

    private static string LastWarning(AcmeFixture gateway) => gateway.Log.Lines.Last(line => line.Contains(": No new certificate for ", StringComparison.Ordinal));
}
