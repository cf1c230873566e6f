using System.Buffers.Text;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Checking.Upstreams;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking;

public sealed class TokenStepTests
{
    private const string Subject = "system:serviceaccount:default:azure-demo";

    /// <summary>Within the hour in which the recorded tokens are valid.</summary>
    private static readonly DateTimeOffset recordedAt = DateTimeOffset.Parse("2026-11-23T22:30:00Z");

    [Fact]
    public void Accepts_the_recorded_token_with_the_recorded_keys() => Assert.Empty(Rules(Recorded.Token("token-azure-demo-exchange-audience")));

    [Theory]
    [InlineData("token-azure-demo-default-audience", "jwks-one-rsa", "token-audience")]
    [InlineData("token-azure-demo-signed-by-second-key", "jwks-one-rsa", "token-key-unpublished")]
    public void Rejects_a_recorded_token_that_does_not_fit(string token, string keys, string rule) =>
        Assert.Equal([rule], Rules(Recorded.Token(token), keys));

    [Theory]
    [InlineData("jwks-two-rsa-rotated")]
    [InlineData("jwks-two-rsa-one-ec")]
    public void Accepts_the_second_key_once_it_is_published(string keys) => Assert.Empty(Rules(Recorded.Token("token-azure-demo-signed-by-second-key"), keys));

    [Fact]
    public void Names_a_token_of_another_cluster_once() =>
        Assert.Equal(["token-foreign"], Rules(Recorded.Token("token-azure-demo-signed-by-second-key"), issuer: "https://other.example.test"));

    [Fact]
    public void Names_a_legacy_token_once_with_a_command_that_makes_a_good_one()
    {
        string token = $"{Encode("""{"alg":"RS256","kid":"x"}""")}.{Encode($$"""{"iss":"kubernetes/serviceaccount","sub":"{{Subject}}"}""")}.c2ln";

        CheckFinding finding = Assert.Single((Step(token, "jwks-one-rsa", Build.Url, recordedAt)).Findings);

        Assert.Equal(("token-legacy", "iss is \"kubernetes/serviceaccount\""), (finding.Id, finding.Found));
        Assert.Equal("project a serviceAccountToken volume, or: kubectl create token azure-demo --namespace default --audience api://AzureADTokenExchange", finding.Fix);
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
    public void Puts_nothing_into_a_command_that_is_no_name_of_Kubernetes(string account)
    {
        string token = $"{Encode("""{"alg":"RS256","kid":"x"}""")}.{Encode($$"""{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:{{account}}"}""")}.c2ln";

        CheckFinding finding = Assert.Single((Step(token, "jwks-one-rsa", Build.Url, recordedAt)).Findings);

        Assert.StartsWith("project a serviceAccountToken volume, or: kubectl create token azure-demo --namespace default --audience ", finding.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://issuer.example.test/", "trailing slash differs")]
    [InlineData("https://ISSUER.example.test", "letter case differs")]
    [InlineData("https://issuer.example.test:443", "default port differs", "leave :443 out everywhere: ")]
    [InlineData("https://issuer.example.test:443/", "default port and trailing slash differ", "leave :443 out everywhere: ")]
    public void Puts_the_side_that_is_wrong_first(string issuer, string difference, string fixOfToken = "the relying party and the discovery document agree, so the token is wrong. If a new one has the same iss, ")
    {
        CheckFinding ofCredential = Assert.Single(Step(Recorded.Token("token-azure-demo-exchange-audience"), "jwks-one-rsa", issuer, recordedAt, hasDocument: false).Findings);
        CheckFinding ofToken = Assert.Single(Step(Recorded.Token("token-azure-demo-exchange-audience"), "jwks-one-rsa", issuer, recordedAt).Findings);

        Assert.All([ofCredential, ofToken], finding => Assert.Equal(("token-issuer", $"{difference}: iss is \"https://issuer.example.test\", checked was \"{issuer}\""), (finding.Id, finding.Found)));
        Assert.Equal("register https://issuer.example.test at the relying party, exactly as the token carries it, and check it", ofCredential.Fix);
        Assert.StartsWith(fixOfToken, ofToken.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_nothing_good_that_was_not_verified()
    {
        StepReport report = Step(Recorded.Token("token-azure-demo-exchange-audience"), null, Build.Url, recordedAt);

        Assert.Equal((StepOutcome.Skipped, "token.jwt: the signature cannot be verified without keys"), (report.Outcome, report.Summary));
    }

    [Fact]
    public void Rejects_an_altered_payload()
    {
        string[] parts = Recorded.Token("token-azure-demo-exchange-audience").Split('.');
        string payload = System.Text.Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])).Replace("azure-demo", "azure-evil", StringComparison.Ordinal);

        string[] rules = Rules($"{parts[0]}.{Encode(payload)}.{parts[2]}");

        Assert.Contains("token-signature", rules);
        Assert.Contains("token-subject", rules);
    }

    [Theory]
    [InlineData("https://issuer.example.test/", "token-issuer")]
    [InlineData("https://issuer.example.test", null)]
    public void Compares_the_issuer_exactly(string issuer, string? rule) =>
        Assert.Equal(rule is null ? [] : [rule], Rules(Recorded.Token("token-azure-demo-exchange-audience"), issuer: issuer));

    [Theory]
    [InlineData("2026-11-23T22:10:00Z", "token-early")]
    [InlineData("2026-11-23T22:30:00Z", null)]
    [InlineData("2026-11-24T23:30:00Z", "token-expired")]
    public void Knows_the_time_range(string now, string? rule) =>
        Assert.Equal(rule is null ? [] : [rule], Rules(Recorded.Token("token-azure-demo-exchange-audience"), now: DateTimeOffset.Parse(now)));

    [Theory]
    [InlineData("""{"alg":"RS256","kid":"x"}""", """{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"system:serviceaccount:default:azure-demo","iat":1795473000,"exp":1795563001}""", new[] { "token-lifetime" })]
    [InlineData("""{"alg":"RS256","kid":"x"}""", """{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"system:serviceaccount:default:azure-demo","iat":1795473000,"exp":1795563000}""", new string[0])]
    [InlineData("""{"alg":"RS256","kid":"x"}""", """{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"system:serviceaccount:default:azure-demo","exp":1795476600}""", new[] { "token-claim-missing" })]
    [InlineData("""{"alg":"ES256","kid":"x"}""", """{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"system:serviceaccount:default:azure-demo","iat":1795473000,"exp":1795476600}""", new[] { "token-algorithm" })]
    [InlineData("""{"alg":"RS256","kid":"x","typ":"at+jwt"}""", """{"iss":"https://issuer.example.test","aud":"api://AzureADTokenExchange","sub":"system:serviceaccount:default:azure-demo","iat":1795473000,"exp":1795476600}""", new[] { "token-type" })]
    [InlineData("""{"alg":"RS256","kid":"x","typ":"JWT"}""", """{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange","b"],"sub":"system:serviceaccount:default:azure-demo","iat":1795473000,"exp":1795476600}""", new[] { "token-audience" })]
    [InlineData("""{"alg":"RS256","kid":"x"}""", """{"iss":"https://issuer.example.test","aud":[],"sub":"system:serviceaccount:Default:azure-demo","iat":1795473000,"exp":1795476600}""", new[] { "token-audience", "token-subject" })]
    public void Validates_each_claim_on_its_own(string header, string payload, string[] rules) =>
        Assert.Equal(rules, Rules($"{Encode(header)}.{Encode(payload)}.c2ln", keys: null));

    [Theory]
    [InlineData("253402214399", new[] { "token-lifetime" })]
    [InlineData("253402300700", new[] { "token-time-malformed" })]
    [InlineData("253402300799", new[] { "token-time-malformed" })]
    [InlineData("253402300800", new[] { "token-time-malformed" })]
    [InlineData("-1e300", new[] { "token-expired" })]
    [InlineData("1e300", new[] { "token-time-malformed" })]
    [InlineData("-1", new[] { "token-expired" })]
    [InlineData("\"1795476600\"", new[] { "token-time-malformed" })]
    [InlineData("null", new[] { "token-claim-missing" })]
    public void Survives_every_exp(string exp, string[] rules)
    {
        string claims = $$"""{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"{{Subject}}","iat":1795473000,"exp":{{exp}}}""";

        Assert.Equal(rules, Rules($"{Encode("""{"alg":"RS256","kid":"x"}""")}.{Encode(claims)}.c2ln", keys: null));
    }

    [Theory]
    [InlineData("https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0", "this is a token of Microsoft Entra ID, not of a cluster: kubectl create token azure-demo --namespace default --audience api://AzureADTokenExchange")]
    [InlineData("https://sts.windows.net/11111111-2222-3333-4444-555555555555/", "this is a token of Microsoft Entra ID, not of a cluster: kubectl create token azure-demo --namespace default --audience api://AzureADTokenExchange")]
    [InlineData("https://other.example.test", "create the token in the cluster of https://issuer.example.test, or check https://other.example.test")]
    public void Recognizes_a_token_of_another_service(string issuer, string fix)
    {
        string claims = $$"""{"iss":"{{issuer}}","aud":["api://AzureADTokenExchange"],"sub":"{{Subject}}","iat":1795473000,"exp":1795476600}""";

        CheckFinding finding = Assert.Single(Step($"{Encode("""{"alg":"RS256","kid":"x"}""")}.{Encode(claims)}.c2ln", "jwks-one-rsa", Build.Url, recordedAt).Findings);

        Assert.Equal(("token-foreign", fix), (finding.Id, finding.Fix));
    }

    [Theory]
    [InlineData("1795563001", "25 h 0 min 1 s between iat and exp; at most 25 h")]
    [InlineData("1795566600", "26 h between iat and exp; at most 25 h")]
    public void Does_not_round_a_lifetime(string exp, string found)
    {
        string claims = $$"""{"iss":"https://issuer.example.test","aud":["api://AzureADTokenExchange"],"sub":"{{Subject}}","iat":1795473000,"exp":{{exp}}}""";

        Assert.Equal(found, Step($"{Encode("""{"alg":"RS256","kid":"x"}""")}.{Encode(claims)}.c2ln", null, Build.Url, recordedAt).Findings.Single(finding => finding.Id == "token-lifetime").Found);
    }

    [Fact]
    public void Never_shows_the_token()
    {
        string token = Recorded.Token("token-azure-demo-default-audience");
        CheckReport report = new() { Issuer = "x", Parties = [RelyingParty.Find("entra")!], Steps = [Step(token, "jwks-one-rsa", Build.Url, recordedAt)], At = recordedAt };

        string text = JsonReport.Of(report, "here") + string.Join('\n', new TextReport(report, isQuiet: false, "here").Lines());

        Assert.All(token.Split('.'), part => Assert.DoesNotContain(part, text, StringComparison.Ordinal));
    }

    private static string[] Rules(string token, string? keys = "jwks-one-rsa", string issuer = Build.Url, DateTimeOffset? now = null) =>
        [.. (Step(token, keys, issuer, now ?? recordedAt)).Findings.Select(finding => finding.Id)];

    private static StepReport Step(string token, string? keys, string issuer, DateTimeOffset now, bool hasDocument = true)
    {
        CheckRequest request = new()
        {
            Issuer = Build.Identifier(issuer),
            Parties = [RelyingParty.Find("entra")!],
            Tokens = [new TokenInput { Name = "token.jwt", Text = token }],
            Subject = Subject,
        };
        IssuerDocuments documents = new() { Steps = [], Issuer = hasDocument ? issuer : null, Keys = keys is null ? null : KeySet.Parse(Recorded.Body(keys), out _) };
        return Assert.Single(new TokenStep(request, ServerDocuments.None, new FindingFolding([]), new Microsoft.Extensions.Time.Testing.FakeTimeProvider(now)).Run(documents));
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Build.Utf8(json));
}
