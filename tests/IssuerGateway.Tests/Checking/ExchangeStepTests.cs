using IssuerGateway.Checking;
using IssuerGateway.Checking.Exchange;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Reports;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Checking;

public sealed class ExchangeStepTests
{
    private const string Tenant = "11111111-2222-3333-4444-555555555555";
    private const string ClientId = "66666666-7777-8888-9999-000000000000";

    [Fact]
    public async Task Sends_what_OAuth2_Proxy_sends_and_never_shows_the_access_token()
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        string path = "";
        Dictionary<string, string> form = [];
        entra.Misbehave = async http =>
        {
            path = $"{http.Request.Method} {http.Request.Path}";
            form = (await http.Request.ReadFormAsync()).ToDictionary(field => field.Key, field => field.Value.ToString());
            await http.Response.WriteAsync("""{"token_type":"Bearer","expires_in":3599,"access_token":"c2VjcmV0LWFjY2Vzcy10b2tlbg"}""");
            return true;
        };

        StepReport report = await RunAsync(entra, "the.projected.token");

        Assert.Equal(StepOutcome.Passed, report.Outcome);
        Assert.Equal($"POST /{Tenant}/oauth2/v2.0/token", path);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = ClientId,
                ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ["client_assertion"] = "the.projected.token",
                ["scope"] = "https://graph.microsoft.com/.default",
            },
            form);
        string text = JsonReport.Of(new CheckReport { Issuer = "x", Parties = [], Steps = [report], At = default }, "here");
        Assert.DoesNotContain("c2VjcmV0", text, StringComparison.Ordinal);
        Assert.DoesNotContain("the.projected.token", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(407)]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task An_error_that_is_no_rejection_leaves_it_open(int status)
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        entra.Misbehave = async http =>
        {
            http.Response.StatusCode = status;
            await http.Response.WriteAsync("""{"error":"invalid_client","error_description":"AADSTS700211: x"}""");
            return true;
        };

        Assert.Equal("exchange-failed", Assert.Single((await RunAsync(entra, "the.projected.token")).Findings).Id);
    }

    [Fact]
    public async Task Never_shows_a_token_of_somebody_else()
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        string own = Recorded.Token("token-azure-demo-exchange-audience"), other = Recorded.Token("token-azure-demo-default-audience");
        entra.Misbehave = async http =>
        {
            http.Response.StatusCode = 401;
            await http.Response.WriteAsync($$"""{"error":"invalid_client","error_description":"AADSTS50027: {{other}} is malformed"}""");
            return true;
        };

        Assert.StartsWith("AADSTS50027: [token] is malformed (", Assert.Single((await RunAsync(entra, own)).Findings).Found, StringComparison.Ordinal);
    }

    /// <summary>RFC 6749 §5.1: whoever issues a token says which.</summary>
    [Theory]
    [InlineData("""{"access_token":""}""")]
    [InlineData("""{"access_token":null}""")]
    [InlineData("{}")]
    public async Task Takes_no_response_without_a_token_for_a_success(string body)
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        entra.Misbehave = async http =>
        {
            await http.Response.WriteAsync(body);
            return true;
        };

        Assert.Equal("exchange-failed", Assert.Single((await RunAsync(entra, "the.projected.token")).Findings).Id);
    }

    [Theory]
    [InlineData("access_token")]
    [InlineData("refresh_token")]
    [InlineData("id_token")]
    [InlineData("access_token", "Zm9yMTB9")]
    public async Task Never_shows_a_token_that_comes_beside_an_error(string member, string token = "c2VjcmV0LWFjY2Vzcy10b2tlbg")
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        entra.Misbehave = async http =>
        {
            http.Response.StatusCode = 400;
            await http.Response.WriteAsync($$"""{"error":"invalid_scope","error_description":"AADSTS70011: not in {{token}}","{{member}}":"{{token}}"}""");
            return true;
        };

        Assert.StartsWith("AADSTS70011: not in [token] (", Assert.Single((await RunAsync(entra, "the.projected.token")).Findings).Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AADSTS700211: No matching federated identity record found for presented assertion issuer 'https://a/'.", "AADSTS700211: no federated credential for this issuer")]
    [InlineData("AADSTS700212: No matching federated identity record found for presented assertion audience 'x'.", "AADSTS700212: the audience differs")]
    [InlineData("AADSTS7002138: No matching federated identity record found.", "AADSTS7002138: the subject differs only in letter case")]
    [InlineData("AADSTS50166: Request to External OIDC endpoint failed.", "AADSTS50166: the request to the issuer failed")]
    [InlineData("AADSTS7000272: Signing key not found.", "AADSTS7000272: the signing key is not among the keys that Entra holds")]
    [InlineData("AADSTS99999: something new.", "AADSTS99999: not a code of workload identity federation")]
    public async Task Prints_the_error_of_Entra_with_its_explanation(string description, string explanation)
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        entra.Misbehave = async http =>
        {
            http.Response.StatusCode = 401;
            await http.Response.WriteAsync($$"""{"error":"invalid_client","error_description":"{{description}}","error_codes":[1]}""");
            return true;
        };

        CheckFinding finding = Assert.Single((await RunAsync(entra, "t")).Findings);

        string link = description.StartsWith("AADSTS99999", StringComparison.Ordinal) ? "" : $"; docs/troubleshooting/aadsts.md#{description.Split(':')[0].ToLowerInvariant()}";
        Assert.Equal(("exchange-refused", $"{description} ({explanation}{link})"), (finding.Id, finding.Found));
    }

    [Theory]
    [InlineData("AADSTS700211")]
    [InlineData("AADSTS700213")]
    [InlineData("AADSTS70025")]
    public async Task Names_the_credential_when_the_token_is_as_it_should_be(string code)
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        string trace = "Trace ID: 0f3c Correlation ID: 8a1b Timestamp: 2026-11-28 12:00:00Z";
        entra.Misbehave = async http =>
        {
            http.Response.StatusCode = 401;
            await http.Response.WriteAsync($$"""{"error":"invalid_client","error_description":"{{code}}: {{new string('x', 400)}} {{trace}}"}""");
            return true;
        };

        CheckFinding finding = Assert.Single((await RunAsync(entra, Recorded.Token("token-azure-demo-exchange-audience"))).Findings);

        Assert.Contains(trace, finding.Found, StringComparison.Ordinal);
        const string wanted = "issuer https://issuer.example.test, subject system:serviceaccount:default:azure-demo, audience api://AzureADTokenExchange";

        // What follows the last colon is a command, and nothing else.
        Assert.Equal(code == "AADSTS70025"
            ? $"create a federated credential of app {ClientId}: {wanted}. How: issuerctl trust apply entra-app --help"
            : $"correct the federated credential of app {ClientId}, character for character: {wanted}; after a change wait some minutes ({code} may flap). Compare: az ad app federated-credential list --id {ClientId}", finding.Fix);
    }

    /// <summary>A credential that is made like a wrong token is wrong too: the token's own finding says what to do.</summary>
    [Theory]
    [InlineData("entra", "token-audience", "correct the token first, as token-audience says, and exchange the new one")]
    [InlineData("entra", "token-claim-missing", "correct the token first, as token-claim-missing says, and exchange the new one")]
    [InlineData("entra", "token-subject", "correct the token first, as token-subject says, and exchange the new one")]
    [InlineData("entra", "token-lifetime", "correct the federated credential of app")]
    [InlineData("aws", "token-audience", "correct the federated credential of app")]
    public async Task Makes_no_credential_like_a_token_that_is_wrong(string party, string rule, string fix)
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        entra.Misbehave = async http =>
        {
            http.Response.StatusCode = 401;
            await http.Response.WriteAsync("""{"error":"invalid_client","error_description":"AADSTS700212: No matching federated identity record found for presented assertion audience 'x'."}""");
            return true;
        };
        StepBuilder token = new("token", [IssuerGateway.Checking.Rules.RelyingParty.Find(party)!], TimeProvider.System);
        token.Report(rule, "x");

        CheckFinding finding = Assert.Single((await RunAsync(entra, Recorded.Token("token-azure-demo-default-audience"), token.Done("").Findings)).Findings);

        Assert.StartsWith(fix, finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ids_that_support_requests_are_whole_however_long_the_text()
    {
        const string ids = "Trace ID: 11111111-1111-1111-1111-111111111100 Correlation ID: 22222222-2222-2222-2222-222222222200 Timestamp: 2026-11-28 12:00:00Z";
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        entra.Misbehave = async http =>
        {
            http.Response.StatusCode = 400;
            await http.Response.WriteAsync($$"""{"error":"invalid_request","error_description":"AADSTS90002: {{new string('x', 4000)}} {{ids}}"}""");
            return true;
        };

        CheckFinding finding = Assert.Single((await RunAsync(entra, Recorded.Token("token-azure-demo-exchange-audience"))).Findings);

        Assert.Contains($"... ({ids})", finding.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html>\u001b[2J</html>")]
    [InlineData("")]
    [InlineData("{}")]
    public async Task Says_so_when_something_else_responds(string body)
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        entra.Misbehave = async http =>
        {
            await http.Response.WriteAsync(body);
            return true;
        };

        CheckFinding finding = Assert.Single((await RunAsync(entra, "t")).Findings);

        Assert.Equal("exchange-failed", finding.Id);
        Assert.DoesNotContain('\u001b', finding.Found);
    }

    [Fact]
    public async Task Sends_no_token_to_an_endpoint_that_is_not_trusted()
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("other.example.test"));
        bool wasQueried = false;
        entra.Misbehave = _ => Task.FromResult(wasQueried = true);

        CheckFinding finding = Assert.Single((await RunAsync(entra, "t")).Findings);
        Assert.Equal("exchange-untrusted", finding.Id);
        Assert.EndsWith(": the certificate is for another host, and the token was not sent", finding.Found, StringComparison.Ordinal);
        Assert.Matches("^find out who responds in place of the login endpoint; see whose certificate it is: curl -v https?://[^ ]+/oauth2/v2\\.0/token$", finding.Fix);
        Assert.False(wasQueried);
    }

    /// <summary>A root that was stated for the issuer is no reason to send a token to whom it vouches for.</summary>
    [Fact]
    public async Task Sends_no_token_to_whom_only_the_roots_of_the_issuer_vouch_for()
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        bool wasQueried = false;
        entra.Misbehave = _ => Task.FromResult(wasQueried = true);
        CheckRequest request = entra.Request(token: "t");

        StepReport report = await new ExchangeStep(
            request with { Overrides = request.Overrides with { RootsFile = "ca.pem" } },
            new ExchangeRequest { Tenant = Tenant, ClientId = ClientId, Endpoint = new Uri($"https://127.0.0.1:{entra.Port}") },
            TimeProvider.System).RunAsync(CancellationToken.None);

        CheckFinding finding = Assert.Single(report.Findings);
        Assert.Equal("exchange-untrusted", finding.Id);
        Assert.DoesNotContain("--cacert", finding.Fix, StringComparison.Ordinal);
        Assert.False(wasQueried);
    }

    /// <summary>307 and 308 carry the body, which is the token, to a host of the endpoint's choice (RFC 9110 §15.4.8).</summary>
    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Sends_the_token_to_nobody_whom_the_endpoint_names(int status)
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        int requests = 0;
        entra.Misbehave = http =>
        {
            requests++;
            http.Response.StatusCode = status;
            http.Response.Headers.Location = $"https://127.0.0.1:{entra.Port}/elsewhere";
            return Task.FromResult(true);
        };

        Assert.Equal("exchange-failed", Assert.Single((await RunAsync(entra, "the.projected.token")).Findings).Id);
        Assert.Equal(1, requests);
    }

    [Theory]
    [InlineData(null, "login.example.test:443:127.0.0.1:PORT")]
    [InlineData("login.example.test:PORT:127.0.0.1", null)]
    public async Task Goes_where_the_options_lead(string? resolve, string? connectTo)
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("login.example.test"));
        entra.Misbehave = async http =>
        {
            await http.Response.WriteAsync("""{"access_token":"c2VjcmV0LWFjY2Vzcy10b2tlbg"}""");
            return true;
        };
        string port = entra.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] Entries(string? text) => text is null ? [] : [text.Replace("PORT", port, StringComparison.Ordinal)];
        ConnectionOverrides overrides = ConnectionOverrides.Parse(Entries(resolve), Entries(connectTo), null, false, []);

        StepReport report = await new ExchangeStep(
            entra.Request(token: "the.projected.token") with { Overrides = overrides },
            new ExchangeRequest { Tenant = Tenant, ClientId = ClientId, Endpoint = new Uri($"https://login.example.test{(resolve is null ? "" : $":{port}")}"), Roots = [entra.Authority.Root] },
            TimeProvider.System).RunAsync(CancellationToken.None);

        Assert.Empty(report.Findings);
        Assert.Empty(overrides.UnusedNotes());
    }

    /// <summary>Nothing listens there, and neither the network nor the endpoint is to blame.</summary>
    [Theory]
    [InlineData("*:443:127.0.0.98", null, "correct --resolve, which leads this request to 127.0.0.98:443, or leave it out; to investigate: ")]
    [InlineData(null, "::127.0.0.98:1", "correct --connect-to, which leads this request to 127.0.0.98:1, or leave it out; to investigate: ")]
    public async Task Names_the_option_that_leads_elsewhere(string? resolve, string? connectTo, string fix)
    {
        ConnectionOverrides overrides = ConnectionOverrides.Parse(resolve is null ? [] : [resolve], connectTo is null ? [] : [connectTo], null, false, []);

        StepReport report = await new ExchangeStep(
            new CheckRequest { Issuer = IssuerGateway.Tests.Issuers.Build.Identifier(), Parties = [], Overrides = overrides },
            new ExchangeRequest { Tenant = Tenant, ClientId = ClientId, Endpoint = new Uri("https://login.example.test") }, TimeProvider.System).RunAsync(CancellationToken.None);

        Assert.StartsWith(fix, Assert.Single(report.Findings).Fix, StringComparison.Ordinal);
    }

    private static Task<StepReport> RunAsync(CheckFixture entra, string token, IReadOnlyList<CheckFinding>? ofToken = null) => new ExchangeStep(
        entra.Request(token: token),
        new ExchangeRequest { Tenant = Tenant, ClientId = ClientId, Endpoint = new Uri($"https://127.0.0.1:{entra.Port}"), Roots = [entra.Authority.Root] },
        TimeProvider.System,
        ofToken).RunAsync(CancellationToken.None);
}
