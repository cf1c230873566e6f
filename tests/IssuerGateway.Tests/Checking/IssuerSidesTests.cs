using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Checking.RuleCases;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking;

/// <summary>Three sides spell an issuer: the relying party, the discovery document, the token. The fixes name the one that is wrong, and lead nowhere else when they have been followed.</summary>
public sealed class IssuerSidesTests
{
    private const string Plain = "https://issuer.example.test";
    private const string Slash = "https://issuer.example.test/";
    private const string Upper = "https://Issuer.example.test";
    private const string Other = "https://other.example.test";
    private const string Internal = "https://kubernetes.default.svc.cluster.local";

    /// <summary>Checked, document, tokens; what is found and to be done about the document.</summary>
    [Theory]
    [InlineData(Slash, Plain, "", "trailing slash differs: the document names \"https://issuer.example.test\", checked was \"https://issuer.example.test/\"",
        "the spelling at the relying party is wrong, because tokens of this cluster carry https://issuer.example.test: register that, and check it")]
    [InlineData(Slash, Plain, Plain, "trailing slash differs: the document and the token name \"https://issuer.example.test\", checked was \"https://issuer.example.test/\"",
        "the spelling at the relying party is wrong, because the document and the token have https://issuer.example.test: register that, and check it")]
    [InlineData(Plain, Slash, Plain, "trailing slash differs: the document names \"https://issuer.example.test/\", checked was \"https://issuer.example.test\", which the token carries",
        "the discovery document is wrong, because the token carries https://issuer.example.test as well: set --service-account-issuer=https://issuer.example.test on every API server")]
    [InlineData("https://issuer.example.test.", Plain, "", "dot at the end of the host differs: the document names \"https://issuer.example.test\", checked was \"https://issuer.example.test.\"",
        "the spelling at the relying party is wrong, because tokens of this cluster carry https://issuer.example.test: register that, and check it")]
    [InlineData(Plain, "https://issuer.example.test.:443/", Plain, "default port, dot at the end of the host and trailing slash differ: the document names \"https://issuer.example.test.:443/\", checked was \"https://issuer.example.test\", which the token carries",
        "the discovery document is wrong, because the token carries https://issuer.example.test as well: set --service-account-issuer=https://issuer.example.test on every API server")]
    [InlineData(Upper, Plain, Upper, "letter case differs: the document names \"https://issuer.example.test\", checked was \"https://Issuer.example.test\", which the token carries",
        "the discovery document is wrong, because the token carries https://Issuer.example.test as well: set --service-account-issuer=https://Issuer.example.test on every API server")]
    [InlineData(Slash, Plain, Upper, "trailing slash differs: the document names \"https://issuer.example.test\", checked was \"https://issuer.example.test/\", and iss is \"https://Issuer.example.test\"",
        "new tokens carry https://issuer.example.test, as the document does: register that at the relying party, check it, and replace tokens with another iss")]
    [InlineData(Slash, Plain, "https://issuer.example.test|https://Issuer.example.test", "trailing slash differs: the document names \"https://issuer.example.test\", checked was \"https://issuer.example.test/\", and iss is \"https://issuer.example.test\", \"https://Issuer.example.test\"",
        "new tokens carry https://issuer.example.test, as the document does: register that at the relying party, check it, and replace tokens with another iss")]
    [InlineData(Plain, "https://issuer.example.test ", "https://issuer.example.test ", "white space differs: the document and the token name \"https://issuer.example.test \" (with white space at its end), checked was \"https://issuer.example.test\"",
        "--service-account-issuer of the API servers has white space at its end: set --service-account-issuer=https://issuer.example.test on every one of them, and create new tokens")]
    [InlineData(Plain, "https://issuer.example.test ", Plain, "white space differs: the document names \"https://issuer.example.test \" (with white space at its end), checked was \"https://issuer.example.test\", which the token carries",
        "the document names no issuer that can be fetched (it has white space at its end), and the token carries https://issuer.example.test: publish through the gateway, with https://issuer.example.test as its Identifier")]
    [InlineData(Plain, "http://issuer.example.test", Plain, "scheme differs: the document names \"http://issuer.example.test\", checked was \"https://issuer.example.test\", which the token carries",
        "the document names no issuer that can be fetched (expected an https URL), and the token carries https://issuer.example.test: publish through the gateway, with https://issuer.example.test as its Identifier")]
    [InlineData(Plain, "http://issuer.example.test", "", "scheme differs: the document names \"http://issuer.example.test\", checked was \"https://issuer.example.test\"",
        "the document names no issuer that can be fetched (expected an https URL): set --service-account-issuer=https://issuer.example.test on every API server, and create new tokens")]
    [InlineData(Plain, Internal, "", "host differs: the document names \"https://kubernetes.default.svc.cluster.local\", checked was \"https://issuer.example.test\"",
        "the API servers have an internal issuer first: set --service-account-issuer=https://issuer.example.test before that on every one of them, and keep the internal one as the second value")]
    [InlineData(Plain, Other, "", "host differs: the document names \"https://other.example.test\", checked was \"https://issuer.example.test\"",
        "if https://other.example.test is the issuer of the cluster, register and check that; otherwise this host leads to another cluster's gateway")]
    [InlineData(Plain, Other, Other, "host differs: the document and the token name \"https://other.example.test\", checked was \"https://issuer.example.test\"",
        "document and token are of https://other.example.test: register that at the relying party, and check it")]
    [InlineData(Plain, Other, Plain, "host differs: the document names \"https://other.example.test\", checked was \"https://issuer.example.test\", which the token carries",
        "the token is of https://issuer.example.test, and the document is of another cluster: make this URL lead to the gateway of the cluster that issued the token")]
    [InlineData(Slash, Plain, Other, "trailing slash differs: the document names \"https://issuer.example.test\", checked was \"https://issuer.example.test/\"",
        "the spelling at the relying party is wrong, because tokens of this cluster carry https://issuer.example.test: register that, and check it")]
    public void Names_the_side_that_is_wrong(string issuer, string document, string tokens, string found, string fix)
    {
        IssuerSides sides = IssuerSides.Of(Request(issuer, tokens), document);

        Assert.Equal((true, found, fix), (sides.IsOtherDocument, sides.FoundInDocument(), sides.FixOfDocument()));
    }

    /// <summary>Checked, document (empty for none), iss; what is to be done about the token.</summary>
    [Theory]
    [InlineData(Plain, Plain, Slash, "the relying party and the discovery document agree, so the token is wrong. If a new one has the same iss, set --service-account-issuer=https://issuer.example.test on every API server. Create it: kubectl create")]
    [InlineData(Plain, Plain, Upper, "the relying party and the discovery document agree, so the token is wrong. If a new one has the same iss, set --service-account-issuer=https://issuer.example.test on every API server. Create it: kubectl create")]
    [InlineData(Plain, Plain, "https://issuer.example.test\n", "the relying party and the discovery document agree, so the token is wrong. If a new one has the same iss, set --service-account-issuer=https://issuer.example.test on every API server. Create it: kubectl create")]
    [InlineData(Plain, Plain, Internal, "the relying party and the discovery document agree, so the token is wrong. If a new one has the same iss, set --service-account-issuer=https://issuer.example.test on every API server. Create it: kubectl create")]
    [InlineData(Plain, Plain, "", "an API server writes its issuer into every token: kubectl create")]
    [InlineData(Slash, "", Plain, "register https://issuer.example.test at the relying party, exactly as the token carries it, and check it")]
    [InlineData(Plain, "", "https://issuer.example.test ", "--service-account-issuer of the API server has white space at its end: set --service-account-issuer=https://issuer.example.test on every API server, and create a new token")]
    [InlineData(Plain, "", "https://issuer.example.test\u0007", "--service-account-issuer of the API server has the character U+0007 in it, which is not printable ASCII: set --service-account-issuer=https://issuer.example.test on every API server, and create a new token")]
    [InlineData(Plain, "", Internal, "create the token in the cluster of https://issuer.example.test; if this is that cluster, set --service-account-issuer=https://issuer.example.test on every API server")]
    [InlineData(Plain, "", Other, "check https://other.example.test, or create the token in the cluster of https://issuer.example.test")]
    [InlineData(Slash, Plain, Plain, "the spelling at the relying party is wrong, because the document and the token have https://issuer.example.test: register that, and check it")]
    [InlineData(Slash, Plain, Other, "create the token in the cluster of https://issuer.example.test")]
    [InlineData(Plain, Internal, Other, "create the token in the cluster of https://issuer.example.test")]
    public void Says_the_same_of_the_token(string issuer, string document, string iss, string fix) =>
        Assert.Equal(fix, IssuerSides.Of(Request(issuer, iss), document.Length == 0 ? null : document).FixOfToken(iss, "kubectl create"));

    /// <summary>AWS finds its provider by the iss of the token; whether it compares the document nobody has recorded, nor whether it drops the default port of an iss as it does of a provider.</summary>
    [Theory]
    [InlineData(Plain, Slash, Plain, Evidence.Unconfirmed)]
    [InlineData(Plain, Slash, Slash, Evidence.Observed)]
    [InlineData(Plain, Slash, Upper, Evidence.Observed)]
    [InlineData(Plain, Slash, "", Evidence.Unconfirmed)]
    [InlineData(Plain, $"{Plain}:443", $"{Plain}:443", Evidence.Unconfirmed)]
    [InlineData(Plain, $"{Plain}:443", Upper, Evidence.Observed)]
    public void Knows_how_certain_AWS_rejects(string issuer, string document, string iss, Evidence evidence) =>
        Assert.Equal(evidence, IssuerSides.Of(Request(issuer, iss), document).Adapt(RuleTable.Find("issuer-mismatch").For("aws")).Evidence);

    [Theory]
    [InlineData(Plain, $"{Plain}:443", Evidence.Unconfirmed)]
    [InlineData(Plain, Slash, Evidence.Observed)]
    public void Knows_how_certain_AWS_rejects_a_token(string issuer, string iss, Evidence evidence) =>
        Assert.Equal(evidence, IssuerSides.Of(Request(issuer, iss), issuer).AdaptToToken(iss, RuleTable.Find("token-issuer").For("aws")).Evidence);

    /// <summary>Where tokens differ, each has a finding of its own, so that its verdict is true.</summary>
    [Fact]
    public void Covers_no_token_where_tokens_differ()
    {
        Assert.True(IssuerSides.Of(Request(Plain, Slash), Slash).IsCoveredByDocument(Slash));
        Assert.False(IssuerSides.Of(Request(Plain, $"{Slash}|{Plain}"), Slash).IsCoveredByDocument(Slash));
    }

    /// <summary>Every spelling of each side against every other: following the fixes ends where nothing is found any more.</summary>
    [Theory]
    [MemberData(nameof(Spellings))]
    public void Leads_to_an_end(string issuer, string document, string iss)
    {
        IssuerSides sides = IssuerSides.Of(Request(issuer, iss), document);
        string end = sides.EndState;

        // Every side as the fixes leave it: new tokens carry what the API servers have then, and so does the document.
        Assert.True(IssuerIdentifier.TryParse(end, out _, out _));
        IssuerSides corrected = IssuerSides.Of(Request(end, end), end);
        Assert.False(corrected.IsOtherDocument);
        string[] fixes = [.. sides.IsOtherDocument ? [sides.FixOfDocument()] : (string[])[], .. iss == issuer ? [] : (string[])[sides.FixOfToken(iss, "kubectl create")]];
        Assert.All(fixes, fix => Assert.DoesNotContain(new[] { Plain, Slash, Upper }.Except([end]), wrong => Mentions(fix, wrong)));
        Assert.True(fixes.Distinct().Count() <= 1, string.Join('\n', fixes));
    }

    public static TheoryData<string, string, string> Spellings
    {
        get
        {
            TheoryData<string, string, string> all = [];
            string[] each = [Plain, Slash, Upper];
            foreach (string issuer in each)
            {
                foreach (string document in each)
                {
                    foreach (string iss in each)
                    {
                        all.Add(issuer, document, iss);
                    }
                }
            }

            return all;
        }
    }

    /// <summary>Checked, document (empty for none), iss (empty for none): what an API server that differs has to be set to.</summary>
    [Theory]
    [InlineData(Plain, Plain, "", Slash, "set --service-account-issuer=https://issuer.example.test on this API server, as on every other")]
    [InlineData(Slash, Plain, "", Slash, "set --service-account-issuer=https://issuer.example.test on this API server, as on every other")]
    [InlineData(Plain, Slash, Plain, Slash, "set --service-account-issuer=https://issuer.example.test on this API server, as on every other")]
    [InlineData(Plain, Plain, "", Other, "this is another cluster, or its first --service-account-issuer is not https://issuer.example.test; check https://other.example.test")]
    [InlineData(Plain, Plain, "", Internal, "this is another cluster, or its first --service-account-issuer is not https://issuer.example.test")]
    [InlineData(Plain, "", "", "https://issuer.example.test\t", "set --service-account-issuer=https://issuer.example.test on this API server, as on every other")]
    public void Says_the_same_of_an_API_server(string issuer, string document, string iss, string server, string fix) =>
        Assert.Equal(fix, IssuerSides.Of(Request(issuer, iss), document.Length == 0 ? null : document).FixOfServer(server, isOwn: false));

    [Theory]
    [InlineData(Slash, "", Plain, Plain)]
    [InlineData(Slash, "", "", Slash)]
    [InlineData(Slash, "", "https://issuer.example.test ", Slash)]
    [InlineData(Slash, Plain, Slash, Slash)]
    [InlineData(Slash, Plain, "", Plain)]
    public void Knows_where_it_ends(string issuer, string document, string iss, string end) =>
        Assert.Equal(end, IssuerSides.Of(Request(issuer, iss), document.Length == 0 ? null : document).EndState);

    /// <summary>One cause, one finding: the parties that compare the document hear of the token there, Keycloak, which does not, by its token.</summary>
    [Theory]
    [InlineData("entra", Slash, Plain, Plain, null)]
    [InlineData("vault", Slash, Plain, Plain, null)]
    [InlineData("kubernetes", Slash, Plain, Upper, null)]
    [InlineData("keycloak", Slash, Plain, Plain, "token-issuer")]
    [InlineData("entra", Plain, Plain, Slash, "token-issuer")]
    [InlineData("keycloak", Plain, Slash, Plain, null)]
    public void Is_one_finding(string party, string issuer, string document, string iss, string? rule) =>
        Assert.Equal(rule is null ? [] : [rule], Stage.TokenFor([party], (_, claims) => claims["iss"] = iss, issuer: issuer, document: document).Findings.Select(finding => finding.Id).Where(id => id.StartsWith("token-i", StringComparison.Ordinal) || id == "token-foreign"));

    /// <summary>Beside a party that compares the document, Keycloak hears of its token there too: the same cause, and the same fix.</summary>
    [Theory]
    [InlineData("keycloak,entra", Slash, Plain, Plain, "issuer-mismatch EE")]
    [InlineData("keycloak,entra", Slash, Plain, Upper, "issuer-mismatch EE")]
    [InlineData("keycloak,entra", Plain, Slash, Plain, "issuer-mismatch -E")]
    [InlineData("keycloak,entra", Slash, Plain, Other, "issuer-mismatch -E, token-issuer EE")]
    [InlineData("keycloak,entra", Plain, Plain, Slash, "token-issuer EE")]
    [InlineData("keycloak", Slash, Plain, Plain, "token-issuer E")]
    public void Is_one_finding_for_all(string parties, string issuer, string document, string iss, string expected)
    {
        string[] ids = parties.Split(',');
        CheckRequest request = Request(issuer, iss) with { Parties = [.. ids.Select(id => RelyingParty.Find(id)!)] };
        StepBuilder discovery = new("discovery", request.Parties, TimeProvider.System);
        DiscoveryValidation.Validate(discovery, request, DiscoveryDocument.Parse(Build.Utf8($"{{\"issuer\":\"{document}\",\"jwks_uri\":\"{Plain}/openid/v1/jwks\"}}"), out _)!, null);
        IEnumerable<CheckFinding> ofToken = Stage.TokenFor(ids, (_, claims) => claims["iss"] = iss, issuer: issuer, document: document).Findings;

        Assert.Equal(expected, string.Join(", ", discovery.Done("").Findings.Concat(ofToken).Where(finding => finding.Id is "issuer-mismatch" or "token-issuer")
            .Select(finding => $"{finding.Id} {string.Concat(ids.Select(id => finding.Responses.Any(entry => entry.Party == id && entry.Severity == Severity.Error) ? 'E' : '-'))}")));
    }

    /// <summary>That a token is as registered leaves open what Entra and AWS think of the document; one that is not, they reject for certain.</summary>
    [Theory]
    [InlineData("entra", Plain, Evidence.Unconfirmed)]
    [InlineData("entra", Slash, Evidence.Documented)]
    [InlineData("aws", Plain, Evidence.Unconfirmed)]
    [InlineData("aws", Slash, Evidence.Observed)]
    [InlineData("google", Plain, Evidence.Observed)]
    [InlineData("vault", Plain, Evidence.SourceRead)]
    public void Knows_what_is_certain(string party, string iss, Evidence evidence) =>
        Assert.Equal((Severity.Error, evidence), (IssuerSides.Of(Request(Plain, iss), Slash).Adapt(RuleTable.Find("issuer-mismatch").For(party)) is var entry ? entry.Severity : null, entry.Evidence));

    private static bool Mentions(string text, string issuer) => System.Text.RegularExpressions.Regex.IsMatch(text, $"(?:^|[ =]){System.Text.RegularExpressions.Regex.Escape(issuer)}(?:[ ,:;]|$)");

    private static CheckRequest Request(string issuer, string tokens) => new()
    {
        Issuer = Build.Identifier(issuer),
        Parties = [RelyingParty.Find("entra")!],
        Tokens = [.. tokens.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(iss => new TokenInput { Name = "token.jwt", Text = TokenOf(iss) })],
    };

    private static string TokenOf(string iss)
    {
        (System.Text.Json.Nodes.JsonObject header, System.Text.Json.Nodes.JsonObject claims) = Stage.GoodToken("entra");
        claims["iss"] = iss;
        return Stage.Sign(header, claims);
    }
}
