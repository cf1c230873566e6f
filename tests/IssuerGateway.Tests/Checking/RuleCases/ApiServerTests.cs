using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>
/// Whole checks with an API server beside what is published: one cause is one finding, at the side that is wrong, and what the
/// server has is never told to be set on it. A good token shows which key the server signs with.
/// </summary>
public sealed class ApiServerTests
{
    private const string Plain = Stage.Issuer;
    private const string Slash = Stage.Issuer + "/";
    private const string Port = Stage.Issuer + ":443";
    private const string Upper = "https://Issuer.example.test";
    private const string Internal = "https://kubernetes.default.svc.cluster.local";
    private const string Other = "https://other.example.test";
    private const string Above = "; what differs is reported above";
    private const string Lead = "lead the URL to the gateway of this cluster, or wait for its next refresh before you sign with this key; to compare: curl ";

    private static readonly ConcurrentDictionary<string, string> others = new();
    private static readonly string[] parties = ["entra", "aws", "vault", "keycloak"];

    /// <summary>
    /// What was checked; issuer and keys that are published, those of the API server, iss and kid of the token (empty for none, "?" for no kid); the
    /// verdicts, the findings, and the fix of the first. The token is signed by the key s; s' is another one of that kid.
    /// </summary>
    [Theory]

    // Keys.
    [InlineData(Plain, Plain, "s", Plain, "s", Plain, "s", "A A A A", "", "")]
    [InlineData(Plain, Plain, "a", Plain, "s", Plain, "s", "R R R R", "token-key-unpublished", Lead)]
    [InlineData(Plain, Plain, "a", Plain, "s,t", Plain, "s", "R R R R", "token-key-unpublished", Lead)]
    [InlineData(Plain, Plain, "s'", Plain, "s", Plain, "s", "R R R R", "token-signature", "find out which of the two is wrong, or compromised; to compare: ")]
    [InlineData(Plain, Plain, "a", Plain, "a',s", Plain, "s", "R R R R", "token-key-unpublished, upstream-differs", Lead)]
    [InlineData(Plain, Plain, "s", Plain, "s,t", Plain, "s", "A A A A", "upstream-differs", Lead)]
    [InlineData(Plain, Plain, "s", Plain, "s,t", "", "", "? ? ? ?", "upstream-differs", Lead)]
    [InlineData(Plain, Plain, "a", Plain, "s,t", "", "", "R R R R", "upstream-differs", Lead)]
    [InlineData(Plain, Plain, "", Plain, "s", "", "", "R R R R", "key-set-empty", Lead)]
    [InlineData(Plain, Plain, "a", Plain, "a,s", Plain, "?", "R R R R", "token-kid-missing, token-kid-missing, token-signature, token-signature", "no API server creates such a token: ")]

    // Issuer, and the document of another cluster.
    [InlineData(Plain, Slash, "s", Plain, "s", Plain, "s", "? ? R A", "issuer-mismatch", "the discovery document is wrong, because the token and the API servers have https://issuer.example.test as well: publish through the gateway, with https://issuer.example.test as its Identifier")]
    [InlineData(Plain, Slash, "s", Plain, "s", "", "", "? ? R A", "issuer-mismatch", "the discovery document is wrong, because the API servers have https://issuer.example.test as well: publish through the gateway")]
    [InlineData(Plain, Port, "s", Plain, "s", Plain, "s", "? ? R A", "issuer-mismatch", "the discovery document is wrong, because the token and the API servers have https://issuer.example.test as well")]
    [InlineData(Slash, Plain, "s", Plain, "s", "", "", "R R R ?", "issuer-mismatch", "the spelling at the relying party is wrong, because the document and the API servers have https://issuer.example.test: register that, and check it")]
    [InlineData(Plain, Other, "a", Plain, "s", "", "", "R R R R", "issuer-mismatch", "the API servers are of https://issuer.example.test, and the document is of another cluster: make this URL lead to the gateway of the cluster of these API servers")]
    [InlineData(Plain, Other, "a", Plain, "s", Plain, "s", "R R R R", "issuer-mismatch", "the token and the API servers are of https://issuer.example.test, and the document is of another cluster: make this URL lead to the gateway of the cluster that issued the token")]
    [InlineData(Plain, Plain, "s", Slash, "s", Slash, "s", "R R A ?", "token-issuer", "the relying party and the discovery document agree, so the token is wrong.")]
    [InlineData(Plain, Plain, "s", Slash, "s,t", Slash, "s", "R R A ?", "token-issuer, upstream-differs", "the relying party and the discovery document agree, so the token is wrong.")]
    [InlineData(Plain, Plain, "s", Slash, "s", Plain, "s", "? ? A ?", "upstream-differs", "set --service-account-issuer=https://issuer.example.test on this API server, as on every other")]
    [InlineData(Plain, Plain, "a", Other, "s", Other, "s", "R R R R", "token-foreign", "create the token in the cluster of https://issuer.example.test, or check https://other.example.test")]
    [InlineData(Plain, Plain, "s", Other, "t", Plain, "s", "? ? ? ?", "upstream-differs", "this is another cluster, or its first --service-account-issuer is not https://issuer.example.test; check https://other.example.test")]
    [InlineData(Plain, Other, "s", Plain, "s", Plain, "s", "? ? R A", "issuer-mismatch", "the discovery document is wrong, because the token and the API servers have https://issuer.example.test as well: publish through the gateway, with https://issuer.example.test as its Identifier")]
    [InlineData(Plain, Other, "s", Plain, "s", "", "", "? ? R A", "issuer-mismatch", "the discovery document is wrong, because the API servers have https://issuer.example.test as well: publish through")]
    [InlineData(Plain, Plain + " ", "s", Plain, "s", "", "", "? ? R A", "issuer-mismatch", "the document names no issuer that can be fetched (it has white space at its end), and the API servers have https://issuer.example.test: publish through the gateway")]
    [InlineData(Plain, "http://issuer.example.test", "s", Plain, "s", "", "", "? ? R A", "issuer-mismatch", "the document names no issuer that can be fetched (expected an https URL), and the API servers have https://issuer.example.test: publish through")]
    [InlineData(Plain, Internal, "s", Plain, "s", "", "", "? ? R A", "issuer-mismatch", "the document has an internal issuer, and the API servers have https://issuer.example.test: publish through the gateway")]
    [InlineData(Plain, Internal, "s", Internal, "s", "", "", "R R R ?", "issuer-mismatch", "the API servers have an internal issuer first: set --service-account-issuer=https://issuer.example.test before that")]
    [InlineData(Plain, Slash, "s", Upper, "s", "", "", "R R R ?", "issuer-mismatch", "use one spelling everywhere: set --service-account-issuer=https://issuer.example.test/ on every API server, register https://issuer.example.test/ at the relying party and create new tokens")]

    [InlineData(Plain, Internal, "s", Slash, "s", "", "", "R R R ?", "issuer-mismatch", "the document has an internal issuer, which the API servers do not have: set --service-account-issuer=https://issuer.example.test on every API server, publish through the gateway")]
    [InlineData(Plain, Other, "a", Internal, "s", "", "", "R R R R", "issuer-mismatch, upstream-differs", "if https://other.example.test is the issuer of the cluster, register and check that; otherwise")]
    [InlineData(Plain, Other, "a", Slash, "s", Slash, "s", "R R R R", "issuer-mismatch", "the token and the API servers are of https://issuer.example.test/, and the document is of another cluster: make this URL lead to the gateway")]
    [InlineData(Plain, Plain, "s", Plain, "s", Slash, "s", "R R A ?", "token-issuer", "the API servers have https://issuer.example.test, so the token is not theirs, or an old one: kubectl create token ")]
    [InlineData(Plain, Plain, "a", Slash, "s", "", "", "R R R R", "upstream-differs, upstream-differs", "set --service-account-issuer=https://issuer.example.test on this API server, as on every other")]
    [InlineData(Port, Port, "s", Plain, "s", Slash, "s", "R R A ?", "token-issuer", "leave :443 out everywhere: publish https://issuer.example.test as the Identifier of the gateway, register https://issuer.example.test at the relying party and create new tokens")]

    [InlineData(Plain, Internal, "s", Plain, "s", Slash, "s", "R R R ?", "issuer-mismatch", "the document has an internal issuer, and the API servers have https://issuer.example.test: publish through the gateway, with https://issuer.example.test as its Identifier, and create new tokens")]
    [InlineData(Plain, Other, "a", Slash, "s", Plain, "s", "R R R R", "issuer-mismatch", "the token and the API servers are of https://issuer.example.test, in several spellings, and the document is of another cluster")]
    [InlineData(Plain, Plain, "a", Other, "s", Plain, "s", "R R R R", "token-key-unpublished, upstream-differs", Lead)]
    [InlineData(Plain, Slash, "a", Other, "s", "", "", "R R R R", "issuer-mismatch, upstream-differs", "the spelling at the relying party is wrong, because tokens of this cluster carry https://issuer.example.test/: register that")]
    [InlineData(Port, Port, "s", Other, "s", "", "", "R R A ?", "upstream-differs", "set --service-account-issuer=https://issuer.example.test on this API server, as on every other, and register https://issuer.example.test at")]
    [InlineData(Plain, Other, "a", Other, "s", Plain, "s", "R R R R", "issuer-mismatch, token-key-unpublished", "if https://other.example.test is the issuer of the cluster, register and check that; otherwise")]

    // The default port.
    [InlineData(Port, Plain, "s", Port, "s", "", "", "? ? R A", "issuer-mismatch", "leave :443 out everywhere: set --service-account-issuer=https://issuer.example.test on every API server, register https://issuer.example.test at the relying party and create new tokens")]
    [InlineData(Port, Internal, "s", Internal, "s", "", "", "R R R ?", "issuer-mismatch", "the API servers have an internal issuer first: set --service-account-issuer=https://issuer.example.test before that on every one of them, and keep the internal one as the second value, and register https://issuer.example.test at")]
    [InlineData(Port, Port, "s", Plain, "s", "", "", "R ? A ?", "upstream-differs", "leave :443 out everywhere: publish https://issuer.example.test as the Identifier of the gateway and register https://issuer.example.test at the relying party")]
    [InlineData(Port, Plain, "s", Plain, "s", "", "", "R A R ?", "issuer-mismatch", "the spelling at the relying party is wrong")]
    [InlineData(Port, Slash, "s", Port, "s", Port, "s", "? ? R A", "issuer-mismatch", "leave :443 out everywhere: set --service-account-issuer=https://issuer.example.test on every API server, register https://issuer.example.test at the relying party and create new tokens")]
    [InlineData(Plain, Port, "s", Port, "s", "", "", "R ? R ?", "issuer-mismatch", "leave :443 out everywhere: set --service-account-issuer=https://issuer.example.test on every API server and create new tokens")]
    public async Task Is_one_finding(string issuer, string document, string published, string issuerOfServer, string keysOfServer, string iss, string kid, string verdicts, string findings, string fix)
    {
        CheckReport report = await CheckAsync(issuer, document, published, [(issuerOfServer, keysOfServer)], iss, kid);

        Assert.Equal((verdicts, findings), (CheckFixture.Letters(report), string.Join(", ", report.Findings.Select(finding => finding.Id))));
        Assert.StartsWith(fix, report.Findings.FirstOrDefault()?.Fix ?? "", StringComparison.Ordinal);

        // What the report says of the step of the API servers is no verdict of its own.
        StepReport step = report.Steps.Single(each => each.Step == "upstream");
        Assert.NotEqual(StepOutcome.Skipped, step.Outcome);
        Assert.Equal(step.Summary.EndsWith(Above, StringComparison.Ordinal) && step.Findings.Count == 0, step is { Outcome: StepOutcome.Warned, Findings.Count: 0 });
    }

    /// <summary>To AWS both spellings of a provider are one, whatever the API servers have.</summary>
    [Theory]
    [InlineData("", Port)]
    [InlineData(Plain, Port)]
    [InlineData(Plain, Slash)]
    [InlineData(Port, Slash)]
    [InlineData("", Plain)]
    [InlineData("", Plain, Slash)]
    [InlineData(Plain, Plain, Slash)]
    [InlineData(Port, Port, Slash)]
    [InlineData(Plain, Port, Slash)]
    public async Task Is_the_same_at_AWS_with_the_port(string iss, string server, string document = Plain)
    {
        CheckReport[] reports = [await CheckAsync(Plain, document, "s", [(server, "s")], iss, "s"), await CheckAsync(Port, document, "s", [(server, "s")], iss, "s")];

        Assert.Single(reports.Select(report => report.VerdictOf(RelyingParty.Find("aws")!)).Distinct());
    }

    /// <summary>A server that differs from the others is named.</summary>
    [Fact]
    public async Task Names_the_server_with_the_issuer_of_the_token()
    {
        CheckReport report = await CheckAsync(Plain, Plain, "s", [(Slash, "s"), (Plain, "s")], Slash, "s");

        Assert.Equal("token-issuer", Assert.Single(report.Findings).Id);
        Assert.Contains("as API server s1 has it", report.Findings.Single().Found, StringComparison.Ordinal);
    }

    /// <summary>Also the parties that do not validate the token say what becomes of tokens by the key: in the same finding.</summary>
    [Fact]
    public async Task Is_one_finding_for_the_parties_that_the_token_is_not_for()
    {
        CheckReport report = await CheckAsync(Plain, Plain, "a", [(Plain, "s")], Plain, "s", request => request with { Audience = null, MatchesAudiences = true });

        CheckFinding finding = Assert.Single(report.Findings, finding => finding.Severity == Severity.Error);
        Assert.Equal(("token-key-unpublished", "entra aws vault keycloak"), (finding.Id, string.Join(' ', finding.Responses.Select(entry => entry.Party))));
        Assert.EndsWith(Above, report.Steps.Single(step => step.Step == "upstream").Summary, StringComparison.Ordinal);
    }

    /// <summary>Vault looks at no issuer; Entra, which the token is not for, rejects those of the server. The parties stand in the order of the options.</summary>
    [Fact]
    public async Task Is_an_error_where_it_becomes_one()
    {
        CheckReport report = await CheckAsync(Plain, Plain, "s", [(Slash, "s")], Slash, "s", request => request with { Parties = [RelyingParty.Find("vault")!, RelyingParty.Find("entra")!], Audience = null, MatchesAudiences = true });

        CheckFinding finding = Assert.Single(report.Findings, finding => finding.Id == "token-issuer");
        Assert.Equal((Severity.Error, "vault entra"), (finding.Severity, string.Join(' ', finding.Responses.Select(entry => entry.Party))));
        Assert.Equal(StepOutcome.Failed, report.Steps.Single(step => step.Step == "token").Outcome);
    }

    private static async Task<CheckReport> CheckAsync(string issuer, string document, string published, (string Issuer, string Keys)[] servers, string iss, string kid, Func<CheckRequest, CheckRequest>? change = null)
    {
        await using CheckFixture server = await CheckFixture.StartAsync();
        server.Discovery = DocumentOf(document);
        server.Keys = SetOf(published);
        CheckRequest request = Stage.Request(issuer) with
        {
            Parties = [.. parties.Select(id => RelyingParty.Find(id)!)],
            Audience = "both",
            Tokens = iss.Length == 0 ? [] : [new TokenInput { Name = "token.jwt", Text = Stage.TokenOfNow(iss, "both", kid == "?" ? null : kid) }],
            Overrides = Stage.LeadingTo(server),
        };
        return await server.CheckAsync(change?.Invoke(request) ?? request,
            new ScriptedSource { Responses = [.. servers.Select((each, i) => Good(new DocumentPair(Build.Utf8(DocumentOf(each.Issuer)), Build.Utf8(SetOf(each.Keys)), null), $"s{i + 1}"))] });
    }

    private static string DocumentOf(string issuer)
    {
        JsonObject document = Stage.Discovery();
        document["issuer"] = issuer;
        return document.ToJsonString();
    }

    private static string SetOf(string kids) =>
        $"{{\"keys\":[{string.Join(',', kids.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(kid => kid == "s" ? Stage.GoodKey(kid) : kid.EndsWith('\'') ? Build.Rsa(kid[..^1], 3072) : others.GetOrAdd(kid, each => Build.Rsa(each))))}]}}";
}
