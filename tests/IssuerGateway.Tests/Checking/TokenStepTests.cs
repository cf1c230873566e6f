using System.Buffers.Text;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking;

public sealed class TokenStepTests
{
    private const string Subject = "system:serviceaccount:default:azure-demo";

    /// <summary>Within the hour in which the recorded tokens are valid.</summary>
    private static readonly DateTimeOffset recordedAt = DateTimeOffset.Parse("2026-11-23T22:30:00Z");

    [Fact]
    public async Task Accepts_the_recorded_token_with_the_recorded_keys() => Assert.Empty(await RulesAsync(Recorded.Token("token-azure-demo-exchange-audience")));

    [Theory]
    [InlineData("token-azure-demo-default-audience", "jwks-one-rsa", "token-audience")]
    [InlineData("token-azure-demo-signed-by-second-key", "jwks-one-rsa", "token-key-unpublished")]
    public async Task Rejects_a_recorded_token_that_does_not_fit(string token, string keys, string rule) =>
        Assert.Equal([rule], await RulesAsync(Recorded.Token(token), keys));

    [Theory]
    [InlineData("jwks-two-rsa-rotated")]
    [InlineData("jwks-two-rsa-one-ec")]
    public async Task Accepts_the_second_key_once_it_is_published(string keys) => Assert.Empty(await RulesAsync(Recorded.Token("token-azure-demo-signed-by-second-key"), keys));

    [Fact]
    public async Task Names_a_token_of_another_cluster_once() =>
        Assert.Equal(["token-foreign"], await RulesAsync(Recorded.Token("token-azure-demo-signed-by-second-key"), issuer: "https://other.example.test"));

    [Fact]
    public async Task Names_a_legacy_token_once_with_a_command_that_makes_a_good_one()
    {
        string token = $"{Encode("""{"alg":"RS256","kid":"x"}""")}.{Encode($$"""{"iss":"kubernetes/serviceaccount","sub":"{{Subject}}"}""")}.c2ln";

        CheckFinding finding = Assert.Single((await StepAsync(token, "jwks-one-rsa", Build.Url, recordedAt)).Findings);

        Assert.Equal(("token-legacy", "iss is \"kubernetes/serviceaccount\""), (finding.Id, finding.Found));
        Assert.Equal("kubectl create token azure-demo --namespace default --audience api://AzureADTokenExchange, or project a serviceAccountToken volume", finding.Fix);
    }

    /// <summary>What starts with a hyphen is an option to kubectl, in quotes or not.</summary>
    [Theory]
    [InlineData("-n:--server=evil.example")]
    [InlineData("default:--server=evil.example")]
    [InlineData("default:-x")]
    [InlineData("-n:app")]
    [InlineData("default:app-")]
    [InlineData("default:a.-b")]
    [InlineData("default:App")]
    [InlineData(":")]
    public async Task Puts_nothing_into_a_command_that_is_no_name_of_Kubernetes(string account)
    {
        string token = $"{Encode("""{"alg":"RS256","kid":"x"}""")}.{Encode($$"""{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:{{account}}"}""")}.c2ln";

        CheckFinding finding = Assert.Single((await StepAsync(token, "jwks-one-rsa", Build.Url, recordedAt)).Findings);

        Assert.StartsWith("kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience ", finding.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://issuer.example.test/", "trailing slash")]
    [InlineData("https://ISSUER.example.test", "letter case")]
    public async Task Puts_the_side_that_is_wrong_first(string issuer, string difference)
    {
        CheckFinding finding = Assert.Single((await StepAsync(Recorded.Token("token-azure-demo-exchange-audience"), "jwks-one-rsa", issuer, recordedAt)).Findings);

        Assert.Equal(("token-issuer", $"{difference} differs: iss is \"https://issuer.example.test\", checked was \"{issuer}\""), (finding.Id, finding.Found));
        Assert.StartsWith("register https://issuer.example.test at the relying party, exactly as the token carries it", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_nothing_good_that_was_not_verified()
    {
        StepReport report = await StepAsync(Recorded.Token("token-azure-demo-exchange-audience"), null, Build.Url, recordedAt);

        Assert.Equal((StepOutcome.Skipped, "token.jwt: the signature cannot be verified without keys"), (report.Outcome, report.Summary));
    }

    [Fact]
    public async Task Rejects_an_altered_payload()
    {
        string[] parts = Recorded.Token("token-azure-demo-exchange-audience").Split('.');
        string payload = System.Text.Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])).Replace("azure-demo", "azure-evil", StringComparison.Ordinal);

        string[] rules = await RulesAsync($"{parts[0]}.{Encode(payload)}.{parts[2]}");

        Assert.Contains("token-signature", rules);
        Assert.Contains("token-subject", rules);
    }

    [Theory]
    [InlineData("https://issuer.example.test/", "token-issuer")]
    [InlineData("https://issuer.example.test", null)]
    public async Task Compares_the_issuer_exactly(string issuer, string? rule) =>
        Assert.Equal(rule is null ? [] : [rule], await RulesAsync(Recorded.Token("token-azure-demo-exchange-audience"), issuer: issuer));

    [Theory]
    [InlineData("2026-11-23T22:10:00Z", "token-early")]
    [InlineData("2026-11-23T22:30:00Z", null)]
    [InlineData("2026-11-24T23:30:00Z", "token-expired")]
    public async Task Knows_the_time_range(string now, string? rule) =>
        Assert.Equal(rule is null ? [] : [rule], await RulesAsync(Recorded.Token("token-azure-demo-exchange-audience"), now: DateTimeOffset.Parse(now)));

    [Theory]
    [InlineData("""{"alg":"RS256","kid":"x"}""", """{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"system:serviceaccount:default:azure-demo","iat":1795473000,"exp":1795563001}""", new[] { "token-lifetime" })]
    [InlineData("""{"alg":"RS256","kid":"x"}""", """{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"system:serviceaccount:default:azure-demo","iat":1795473000,"exp":1795563000}""", new string[0])]
    [InlineData("""{"alg":"RS256","kid":"x"}""", """{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"system:serviceaccount:default:azure-demo","exp":1795476600}""", new[] { "token-claim-missing" })]
    [InlineData("""{"alg":"ES256","kid":"x"}""", """{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"system:serviceaccount:default:azure-demo","iat":1795473000,"exp":1795476600}""", new[] { "token-algorithm" })]
    [InlineData("""{"alg":"RS256","kid":"x","typ":"at+jwt"}""", """{"iss":"https://issuer.example.test","aud":"api://AzureADTokenExchange","sub":"system:serviceaccount:default:azure-demo","iat":1795473000,"exp":1795476600}""", new[] { "token-type" })]
    [InlineData("""{"alg":"RS256","kid":"x","typ":"JWT"}""", """{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange","b"],"sub":"system:serviceaccount:default:azure-demo","iat":1795473000,"exp":1795476600}""", new[] { "token-audience" })]
    [InlineData("""{"alg":"RS256","kid":"x"}""", """{"iss":"https://issuer.example.test","aud":[],"sub":"system:serviceaccount:Default:azure-demo","iat":1795473000,"exp":1795476600}""", new[] { "token-audience", "token-subject" })]
    public async Task Validates_each_claim_on_its_own(string header, string payload, string[] rules) =>
        Assert.Equal(rules, await RulesAsync($"{Encode(header)}.{Encode(payload)}.c2ln", keys: null));

    [Theory]
    [InlineData("253402214399", new[] { "token-lifetime" })]
    [InlineData("253402300700", new[] { "token-time-malformed" })]
    [InlineData("253402300799", new[] { "token-time-malformed" })]
    [InlineData("1e300", new[] { "token-time-malformed" })]
    [InlineData("-1", new[] { "token-time-malformed" })]
    [InlineData("\"1795476600\"", new[] { "token-time-malformed" })]
    [InlineData("null", new[] { "token-time-malformed" })]
    public async Task Survives_every_exp(string exp, string[] rules)
    {
        string claims = $$"""{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"{{Subject}}","iat":1795473000,"exp":{{exp}}}""";

        Assert.Equal(rules, await RulesAsync($"{Encode("""{"alg":"RS256","kid":"x"}""")}.{Encode(claims)}.c2ln", keys: null));
    }

    [Fact]
    public async Task Never_shows_the_token()
    {
        string token = Recorded.Token("token-azure-demo-default-audience");
        CheckReport report = new() { Issuer = "x", Parties = [RelyingParty.Find("entra")!], Steps = [await StepAsync(token, "jwks-one-rsa", Build.Url, recordedAt)], At = recordedAt };

        string text = JsonReport.Of(report, "here") + string.Join('\n', new TextReport(report, isQuiet: false, "here").Lines());

        Assert.All(token.Split('.'), part => Assert.DoesNotContain(part, text, StringComparison.Ordinal));
    }

    private static async Task<string[]> RulesAsync(string token, string? keys = "jwks-one-rsa", string issuer = Build.Url, DateTimeOffset? now = null) =>
        [.. (await StepAsync(token, keys, issuer, now ?? recordedAt)).Findings.Select(finding => finding.Id)];

    private static async Task<StepReport> StepAsync(string token, string? keys, string issuer, DateTimeOffset now)
    {
        CheckRequest request = new()
        {
            Issuer = Build.Identifier(issuer),
            Parties = [RelyingParty.Find("entra")!],
            Tokens = [new TokenInput { Name = "token.jwt", Text = token }],
            Subject = Subject,
        };
        IssuerDocuments documents = new() { Steps = [], Issuer = issuer, Keys = keys is null ? null : KeySet.Parse(Recorded.Body(keys), out _) };
        return Assert.Single(await new TokenStep(request, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(now)).RunAsync(documents));
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Build.Utf8(json));
}
