using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>
/// The default port of an issuer, written or not, at the relying party, in the document and in the token. IAM drops it from a provider
/// (recorded calls); whether STS drops it from an iss, and what it makes of the document, nobody has recorded.
/// </summary>
public sealed class DefaultPortTests
{
    private const string Plain = Stage.Issuer;
    private const string Port = Stage.Issuer + ":443";

    private static readonly string[] parties = ["entra", "aws", "vault", "keycloak"];

    /// <summary>What was checked, document, iss (empty for no token); the verdicts, the rules that are broken, and the fix.</summary>
    [Theory]
    [InlineData(Plain, Plain, "", "A A A A", "", "")]
    [InlineData(Plain, Plain, Plain, "A A A A", "", "")]
    [InlineData(Plain, Plain, Port, "R ? A ?", "token-issuer", "the relying party and the discovery document agree, so the token is wrong. If a new one has the same iss, set --service-account-issuer=https://issuer.example.test on every API server. Create it: ")]
    [InlineData(Plain, Port, "", "R ? R A", "issuer-mismatch", "leave :443 out everywhere: set --service-account-issuer=https://issuer.example.test on every API server and create new tokens")]
    [InlineData(Plain, Port, Plain, "? ? R A", "issuer-mismatch", "the discovery document is wrong, because the token carries https://issuer.example.test as well: set --service-account-issuer=https://issuer.example.test on every API server")]
    [InlineData(Plain, Port, Port, "R ? R ?", "issuer-mismatch", "leave :443 out everywhere: set --service-account-issuer=https://issuer.example.test on every API server and create new tokens")]
    [InlineData(Port, Plain, "", "R A R A", "issuer-mismatch", "the spelling at the relying party is wrong, because tokens of this cluster carry https://issuer.example.test: register that, and check it")]
    [InlineData(Port, Plain, Plain, "R A R ?", "issuer-mismatch", "the spelling at the relying party is wrong, because the document and the token have https://issuer.example.test: register that, and check it")]
    [InlineData(Port, Plain, Port, "? ? R A", "issuer-mismatch", "leave :443 out everywhere: register https://issuer.example.test at the relying party and create new tokens")]
    [InlineData(Port, Port, "", "A ? A A", "issuer-port-default", "remove :443 from --service-account-issuer of every API server")]
    [InlineData(Port, Port, Plain, "R ? A ?", "token-issuer", "leave :443 out everywhere: set --service-account-issuer=https://issuer.example.test on every API server, register https://issuer.example.test at the relying party and create new tokens")]
    [InlineData(Port, Port, Port, "A ? A A", "issuer-port-default", "remove :443 from --service-account-issuer of every API server")]
    public async Task Is_one_finding_with_one_end(string issuer, string document, string iss, string verdicts, string rule, string fix)
    {
        CheckReport report = await CheckAsync(issuer, document, iss);

        Assert.Equal(verdicts, CheckFixture.Letters(report));
        Assert.Equal(rule, string.Join(' ', report.Findings.Select(finding => finding.Id)));
        Assert.All(report.Findings, finding => Assert.StartsWith(fix, finding.Fix, StringComparison.Ordinal));
    }

    /// <summary>To AWS both spellings of a provider are one.</summary>
    [Theory]
    [InlineData(Plain, "")]
    [InlineData(Plain, Plain)]
    [InlineData(Plain, Port)]
    [InlineData(Port, "")]
    [InlineData(Port, Plain)]
    [InlineData(Port, Port)]
    [InlineData(Plain, Plain + "/")]
    [InlineData(Port, Plain + "/")]
    [InlineData(Plain + "/", Plain)]
    [InlineData(Plain + "/", Port)]
    [InlineData("https://other.example.test", Plain)]
    public async Task Is_the_same_at_AWS_either_way(string document, string iss)
    {
        CheckReport[] reports = [await CheckAsync(Plain, document, iss), await CheckAsync(Port, document, iss)];

        Assert.Single(reports.Select(report => report.VerdictOf(RelyingParty.Find("aws")!)).Distinct());
    }

    /// <summary>Of two tokens each is validated by its own iss.</summary>
    [Fact]
    public async Task Validates_each_token_by_its_own()
    {
        CheckReport report = await CheckAsync(Port, Plain, Plain, Port);

        Assert.Equal(Verdict.MightReject, report.VerdictOf(RelyingParty.Find("aws")!));
        Assert.DoesNotContain(report.Findings, finding => finding.Token is not null && finding.Responses.Any(entry => entry.Party == "aws"));
    }

    private static async Task<CheckReport> CheckAsync(string issuer, string document, params string[] tokens)
    {
        await using CheckFixture server = await CheckFixture.StartAsync();
        JsonObject discovery = Stage.Discovery();
        discovery["issuer"] = document;
        server.Discovery = discovery.ToJsonString();
        server.Keys = $"{{\"keys\":[{Stage.GoodKey("a")}]}}";
        return await server.CheckAsync(Stage.Request(issuer) with
        {
            Parties = [.. parties.Select(id => RelyingParty.Find(id)!)],
            Audience = "both",
            Tokens = [.. tokens.Where(iss => iss.Length > 0).Select((iss, i) => new TokenInput { Name = $"{i}.jwt", Text = Stage.TokenOfNow(iss, "both") })],
            Overrides = Stage.LeadingTo(server),
        });
    }
}
