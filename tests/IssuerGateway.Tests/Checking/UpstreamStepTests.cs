using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Upstreams;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Tests.Checking.RuleCases;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Checking;

public sealed class UpstreamStepTests
{
    [Fact]
    public async Task Accepts_the_bytes_of_every_API_server_but_for_jwks_uri() => Assert.Empty(await RulesAsync(Good(RecordedPair(), "s1"), Good(RecordedPair(), "s2")));

    [Fact]
    public async Task Names_a_server_that_does_not_respond() => Assert.Equal(["upstream-unreachable"], await RulesAsync(Good(RecordedPair(), "s1"), Bad("timeout", "s2")));

    [Fact]
    public async Task Names_a_document_that_is_another_cluster_s() =>
        Assert.Equal(["upstream-differs"], await RulesAsync(Good(RecordedPair("discovery-public-jwks-uri-rs256-es256"), "s1")));

    /// <summary>A server that has the issuer that was checked is right, whatever is published.</summary>
    [Theory]
    [InlineData("https://issuer.example.test/", "https://issuer.example.test", "s1 has issuer \"https://issuer.example.test\", checked was \"https://issuer.example.test/\"")]
    [InlineData("https://issuer.example.test", "https://issuer.example.test", null)]
    [InlineData("https://issuer.example.test", "https://other.example.test", null)]
    [InlineData("https://third.example.test", "https://other.example.test", "s1 has issuer \"https://issuer.example.test\", published is \"https://other.example.test\"")]
    public async Task Compares_the_issuer_of_the_servers_with_the_published_one(string issuer, string published, string? found)
    {
        IssuerDocuments documents = new() { Steps = [], Issuer = published, Discovery = Fetched(DiscoveryDocument.Parse(RecordedPair().Discovery, out _)!.Rewritten(Build.Identifier()).ToArray()), KeySet = Fetched(Recorded.Body("jwks-one-rsa")) };

        StepReport report = await new UpstreamStep(Request() with { Issuer = Build.Identifier(issuer) }, new ScriptedSource { Responses = [Good(RecordedPair(), "s1")] }, TimeProvider.System).RunAsync(documents);

        Assert.Equal(found is null ? [] : [found], report.Findings.Select(finding => finding.Found));
    }

    [Fact]
    public async Task Names_key_sets_that_differ_between_servers_with_the_kid()
    {
        StepReport report = await StepAsync(Good(RecordedPair(), "s1"), Good(RecordedPair(keys: "jwks-two-rsa-rotated"), "s2"));

        Assert.Equal(["upstream-differs", "servers-differ"], report.Findings.Select(finding => finding.Id));
        Assert.Equal("server s1: lacks kid \"UN9Oqr8ig7nw1YNNIrFGma2uSQ7CojgKl_Jrkpk5AVE\", which another API server publishes", report.Findings[1].Found);
    }

    [Fact]
    public async Task Takes_another_spelling_of_one_key_for_the_same_key()
    {
        string respelled = Encoding.UTF8.GetString(Recorded.Body("jwks-one-rsa")).Replace("\"use\":\"sig\"", "\"use\": \"sig\"", StringComparison.Ordinal);
        Assert.NotEqual(Recorded.Body("jwks-one-rsa"), Encoding.UTF8.GetBytes(respelled));

        Assert.Empty(await RulesAsync(Good(RecordedPair(), "s1"), Good(RecordedPair() with { KeySet = Encoding.UTF8.GetBytes(respelled) }, "s2")));
    }

    /// <summary>The gateway publishes the keys of all servers and keeps old ones; what is published beside those of a server, in whatever order, harms nobody.</summary>
    [Fact]
    public async Task Accepts_further_keys_and_another_order()
    {
        SigningKey[] two = [.. KeySet.Parse(Recorded.Body("jwks-two-rsa-rotated"), out _)!.Keys];
        byte[] published = KeySet.Of([two[1], two[0]]).Bytes.ToArray();

        Assert.Empty((await StepAsync(published, Good(RecordedPair(), "s1"))).Findings);
        Assert.Empty((await StepAsync(published, Good(RecordedPair(keys: "jwks-two-rsa-rotated"), "s1"))).Findings);
    }

    /// <summary>Without a kid the numbers of the key tell whether it is published.</summary>
    [Fact]
    public async Task Names_a_key_without_kid_that_is_not_published()
    {
        byte[] one = WithoutKeyId(Recorded.Body("jwks-one-rsa"));
        byte[] two = WithoutKeyId(Recorded.Body("jwks-two-rsa-rotated"));

        CheckFinding finding = (await StepAsync(one, Good(RecordedPair() with { KeySet = two }, "s1"))).Findings[0];

        Assert.Equal(("upstream-differs", "s1 has a key without kid, which is not published"), (finding.Id, finding.Found));
        Assert.Empty((await StepAsync(two, Good(RecordedPair() with { KeySet = one }, "s1"))).Findings);

        static byte[] WithoutKeyId(byte[] set)
        {
            JsonNode json = JsonNode.Parse(set)!;
            foreach (JsonNode? key in json["keys"]!.AsArray())
            {
                key!.AsObject().Remove("kid");
            }

            return Encoding.UTF8.GetBytes(json.ToJsonString());
        }
    }

    [Fact]
    public async Task Names_a_key_that_is_not_published_with_the_response_to_its_tokens()
    {
        CheckFinding finding = Assert.Single((await StepAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated"), "s1"))).Findings);

        Assert.Equal("s1 has kid \"UN9Oqr8ig7nw1YNNIrFGma2uSQ7CojgKl_Jrkpk5AVE\", which is not published", finding.Found);
        Assert.Equal(Severity.Error, finding.Severity);
        Assert.Equal(RuleTable.Find("token-key-unpublished").For("entra") with { Evidence = Evidence.Unconfirmed }, Assert.Single(finding.Responses));
        Assert.EndsWith("kubectl get --raw /openid/v1/jwks", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_another_key_under_a_published_kid()
    {
        string kid = KeySet.Parse(Recorded.Body("jwks-one-rsa"), out _)!.Keys[0].KeyId!;

        CheckFinding finding = Assert.Single((await StepAsync(Good(RecordedPair() with { KeySet = Build.Utf8($"{{\"keys\":[{Build.Rsa(kid, 3072)}]}}") }, "s1"))).Findings);

        Assert.Equal($"s1 has another key under kid \"{kid}\" than is published", finding.Found);
        Assert.Equal(RuleTable.Find("token-signature").For("entra"), Assert.Single(finding.Responses));
    }

    [Fact]
    public async Task Only_warns_of_a_member_of_the_discovery_document_that_differs()
    {
        CheckFinding finding = Assert.Single((await StepAsync(Good(RecordedPair("discovery-public-jwks-uri-rs256-es256"), "s1"))).Findings);

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Null(Assert.Single(finding.Responses).Response);
        Assert.Contains("id_token_signing_alg_values_supported", finding.Found, StringComparison.Ordinal);
        Assert.EndsWith("kubectl get --raw /.well-known/openid-configuration", finding.Fix, StringComparison.Ordinal);
    }

    /// <summary>What cannot be read cannot be compared, and that leaves the verdict open.</summary>
    [Theory]
    [InlineData(null, "x", "s1: JWK Set: invalid JSON at line 1, byte 0")]
    [InlineData(null, "{}", "s1: JWK Set: no member \"keys\" that is an array of objects")]
    [InlineData(null, """{"keys":[]}""", "s1: the JWK Set has no keys")]
    [InlineData("x", null, "s1: discovery document: invalid JSON at line 1, byte 0")]
    [InlineData("{}", null, "s1: the discovery document has no issuer")]
    public async Task Says_that_the_documents_of_a_server_cannot_be_read(string? discovery, string? keys, string found)
    {
        DocumentPair good = RecordedPair();
        DocumentPair bad = good with { Discovery = discovery is null ? good.Discovery : Encoding.UTF8.GetBytes(discovery), KeySet = keys is null ? good.KeySet : Encoding.UTF8.GetBytes(keys) };

        CheckFinding finding = Assert.Single((await StepAsync(Good(bad, "s1"))).Findings);

        Assert.Equal(("upstream-unreachable", found, true), (finding.Id, finding.Found, finding.Rule.LeavesOpen));
    }

    [Fact]
    public async Task Compares_the_keys_where_only_the_discovery_document_cannot_be_read() =>
        Assert.Equal(["upstream-unreachable", "upstream-differs"], await RulesAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated") with { Discovery = "x"u8.ToArray() }, "s1")));

    /// <summary>Vault and OpenBao accept any issuer of a token, and still lack the keys of another cluster.</summary>
    [Theory]
    [InlineData("entra", "upstream-differs: s1 has issuer")]
    [InlineData("vault", "upstream-differs: s1 has issuer")]
    public async Task Names_the_keys_of_another_cluster_where_its_issuer_does_not_matter(string party, params string[] found)
    {
        byte[] discovery = DiscoveryDocument.Parse(RecordedPair().Discovery, out _)!.Rewritten(Build.Identifier()).ToArray();
        DocumentPair other = RecordedPair() with { Discovery = DiscoveryDocument.Parse(RecordedPair().Discovery, out _)!.Rewritten(Build.Identifier("https://other.example.test")), KeySet = Build.Utf8($"{{\"keys\":[{Build.Rsa("z")}]}}") };

        StepReport report = await new UpstreamStep(Request() with { Parties = [RelyingParty.Find(party)!] }, new ScriptedSource { Responses = [Good(other, "s1")] }, TimeProvider.System)
            .RunAsync(new IssuerDocuments { Steps = [], Discovery = Fetched(discovery), KeySet = Fetched(Recorded.Body("jwks-one-rsa")), Issuer = Build.Identifier().Value });

        Assert.Equal(found, report.Findings.Select(finding => $"{finding.Id}: {string.Join(' ', finding.Found.Split(' ')[..3])}"));
        Assert.Equal(party == "vault", report.Findings.Any(finding => finding.Responses.Any(entry => entry is { Party: "vault", Severity: Severity.Error })));
    }

    private static async Task<string[]> RulesAsync(params UpstreamResponse[] responses) => [.. (await StepAsync(responses)).Findings.Select(finding => finding.Id)];

    private static Task<StepReport> StepAsync(params UpstreamResponse[] responses) => StepAsync(Recorded.Body("jwks-one-rsa"), responses);

    private static Task<StepReport> StepAsync(byte[] keys, params UpstreamResponse[] responses)
    {
        byte[] discovery = IssuerGateway.Issuers.DiscoveryDocument.Parse(RecordedPair().Discovery, out _)!.Rewritten(Build.Identifier()).ToArray();
        return new UpstreamStep(Request(), new ScriptedSource { Responses = responses }, TimeProvider.System)
            .RunAsync(new IssuerDocuments { Steps = [], Discovery = Fetched(discovery), KeySet = Fetched(keys) });
    }

    private static CheckRequest Request() => new() { Issuer = Build.Identifier(), Parties = [RelyingParty.Find("entra")!] };

    private static FetchedDocument Fetched(byte[] body) => new()
    {
        Status = System.Net.HttpStatusCode.OK,
        ContentType = null,
        HasContentLength = true,
        MaxAge = null,
        Date = null,
        Body = body,
        Elapsed = TimeSpan.Zero,
    };
}
