using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Checking.Upstreams;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>What is said of a token, and the fix, which can be followed literally: at the side that is wrong, with values that may be copied.</summary>
public sealed class TokenFixTests
{
    private const string Web = "system:serviceaccount:shop:web";
    private const string Create = "kubectl create token web --namespace shop --audience api://AzureADTokenExchange";
    private const string OfProvider = "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER";
    private const string Provider = "//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/pool/providers/prov";

    /// <summary>The sub of the token (empty for an empty one, null for none), what was given, and what is said.</summary>
    [Theory]
    [InlineData(Web, "system:serviceaccount:shop:api", "token-subject: sub is \"system:serviceaccount:shop:web\"; expected \"system:serviceaccount:shop:api\"",
        "register system:serviceaccount:shop:web at the relying party if the workload runs as that, else create the token of the ServiceAccount that was given: kubectl create token api --namespace shop --audience api://AzureADTokenExchange")]
    [InlineData(Web, "system:serviceaccount:Shop:web", "token-subject: sub is \"system:serviceaccount:shop:web\", only the letter case differs; expected \"system:serviceaccount:Shop:web\"",
        "names in Kubernetes are in lower case: register system:serviceaccount:shop:web at the relying party, and check with --subject system:serviceaccount:shop:web")]
    [InlineData(Web, "shop:web", "token-subject: sub is \"system:serviceaccount:shop:web\"; expected \"shop:web\"", "did you mean --subject system:serviceaccount:shop:web? Register that at the relying party")]
    [InlineData(Web, "shop/web", "token-subject: sub is \"system:serviceaccount:shop:web\"; expected \"shop/web\"", "did you mean --subject system:serviceaccount:shop:web? Register that at the relying party")]
    [InlineData(Web, "shop:api", "token-subject: sub is \"system:serviceaccount:shop:web\"; expected \"shop:api\"",
        "register system:serviceaccount:shop:web at the relying party if the workload runs as that, else create the token of the ServiceAccount that was given: kubectl create token api --namespace shop --audience api://AzureADTokenExchange")]
    [InlineData(Web, "web", "token-subject: sub is \"system:serviceaccount:shop:web\"; expected \"web\"", "did you mean --subject system:serviceaccount:shop:web? Register that at the relying party")]
    [InlineData(Web, "joe@example.com", "token-subject: sub is \"system:serviceaccount:shop:web\"; expected \"joe@example.com\"",
        "what was given is not the subject of a ServiceAccount: register system:serviceaccount:shop:web at the relying party, and check with --subject system:serviceaccount:shop:web")]
    [InlineData("joe@example.com", Web, "token-subject: sub is \"joe@example.com\"; expected \"system:serviceaccount:shop:web\"", "the token is not of a ServiceAccount: " + Create)]
    [InlineData("repo:x", "repo:y", "token-subject: sub is \"repo:x\"; expected \"repo:y\"", "register repo:x at the relying party, or send a token with the subject that was given")]
    [InlineData("", "shop:web", "token-claim-missing: sub is empty", "create the token with the API server, which writes every claim: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience api://AzureADTokenExchange")]
    [InlineData("joe", "jane", "token-subject: sub is \"joe\"; expected \"jane\"", "register joe at the relying party, or send a token with the subject that was given")]
    [InlineData(Web, Web + " ", "token-subject: sub is \"system:serviceaccount:shop:web\"; expected \"system:serviceaccount:shop:web \" (with white space at its end)", "--subject has white space at its end: write it without, there and at the relying party")]
    [InlineData(Web + " ", Web, "token-subject: sub is \"system:serviceaccount:shop:web \" (with white space at its end); expected \"system:serviceaccount:shop:web\"", "the sub of the token has white space at its end, which no API server writes: " + Create)]
    [InlineData("system:service\u0007account:shop:web", Web, "token-subject: sub is \"system:service?account:shop:web\" (with the character U+0007 in it, which is not printable ASCII); expected \"system:serviceaccount:shop:web\"",
        "the sub of the token has the character U+0007 in it, which is not printable ASCII, which no API server writes: " + Create)]
    [InlineData(null, Web, "token-claim-missing: no sub", "create the token with the API server, which writes every claim: kubectl create token web --namespace shop --audience api://AzureADTokenExchange")]
    [InlineData("", Web, "token-claim-missing: sub is empty", "create the token with the API server, which writes every claim: kubectl create token web --namespace shop --audience api://AzureADTokenExchange")]
    public void Compares_the_subject_with_the_one_that_was_given(string? sub, string stated, string said, string fix) => Assert.Equal([(said, fix)], Said("entra", (_, claims) => { claims.Remove("sub"); if (sub is not null) { claims["sub"] = sub; } }, subject: stated));

    [Fact]
    public void Names_a_claim_that_is_there_twice_and_takes_the_last() => Assert.Equal(
        [("token-claim-duplicate: the payload has \"sub\" more than once; the check takes the last", "no API server creates such a token: " + Create)],
        Said("entra", (_, claims) => claims["sub~"] = Web, subject: Web));

    [Theory]
    [InlineData(null, "no iss")]
    [InlineData("5", "iss is not a string")]
    [InlineData("\"\"", "iss is empty")]
    public void Says_what_iss_is_in_place_of_an_issuer(string? iss, string found) => Assert.Equal(
        [($"token-issuer: {found}; expected \"https://issuer.example.test\"", "an API server writes its issuer into every token: " + Create)],
        Said("entra", (_, claims) => { claims.Remove("iss"); if (iss is not null) { claims["iss"] = JsonNode.Parse(iss); } }));

    [Fact]
    public void Says_of_a_missing_sub_that_it_is_one_where_a_subject_was_given() => Assert.Equal(
        [("token-claim-missing: no sub", "create the token with the API server, which writes every claim: kubectl create token web --namespace shop --audience vault")],
        Said("generic", (_, claims) => claims.Remove("sub"), subject: Web));

    [Theory]
    [InlineData("aws", "[]", null, "token-audience: aud is an empty array; expected \"sts.amazonaws.com\"", "project the token with audience: sts.amazonaws.com")]
    [InlineData("kubernetes", "[]", null, "token-claim-missing: aud is empty", "create the token with the API server, which writes every claim: kubectl create token web --namespace shop --audience AUDIENCE")]
    [InlineData("aws", "5", null, "token-audience: aud is neither a string nor an array of strings; expected \"sts.amazonaws.com\"", "project the token with audience: sts.amazonaws.com")]
    [InlineData("aws", "\"STS.amazonaws.com\"", null, "token-audience: aud is \"STS.amazonaws.com\", only the letter case differs; expected \"sts.amazonaws.com\"", "project the token with audience: sts.amazonaws.com")]
    [InlineData("aws", "\"sts.amazonaws.com/\"", null, "token-audience: aud is \"sts.amazonaws.com/\", only a slash at the end differs; expected \"sts.amazonaws.com\"", "project the token with audience: sts.amazonaws.com")]
    [InlineData("aws", "\"sts.amazonaws.com\\n\"", null, "token-audience: aud is \"sts.amazonaws.com?\" (with white space at its end); expected \"sts.amazonaws.com\"", "write the audience without white space where the token is projected or requested: sts.amazonaws.com")]
    [InlineData("aws", "\"sts.amazonaws.com\"", "sts.amazonaws.com ", "token-audience: aud is \"sts.amazonaws.com\"; expected \"sts.amazonaws.com \" (with white space at its end)", "--audience has white space at its end: write it without")]
    [InlineData("entra", "\"api://AzureADTokenExchangeUSGov\"", null, "token-audience: aud is \"api://AzureADTokenExchangeUSGov\", the audience of Azure Government; expected \"api://AzureADTokenExchange\"",
        "for Azure Government check with --profile entra --audience api://AzureADTokenExchangeUSGov; for the public cloud project the token with audience: api://AzureADTokenExchange")]
    [InlineData("entra", "\"api://AzureADTokenExchangeChina\"", null, "token-audience: aud is \"api://AzureADTokenExchangeChina\", the audience of Azure in China; expected \"api://AzureADTokenExchange\"",
        "for Azure in China check with --profile entra --audience api://AzureADTokenExchangeChina; for the public cloud project the token with audience: api://AzureADTokenExchange")]
    [InlineData("entra", "\"api://AzureADTokenExchangeUSGov\"", "api://AzureADTokenExchangeUSGov", null, null)]
    [InlineData("entra", "[\"api://AzureADTokenExchange\",\"b\"]", null, "token-audience: aud is \"api://AzureADTokenExchange\", \"b\"; expected only \"api://AzureADTokenExchange\"", "project the token with this audience alone: api://AzureADTokenExchange")]
    [InlineData("entra", "\"api://AzureADTokenExchange\"", "api://AzureADTokenExchange/", "token-audience: aud is \"api://AzureADTokenExchange\", only a slash at the end differs; expected \"api://AzureADTokenExchange/\"",
        "the token has the documented audience of Microsoft Entra ID: register api://AzureADTokenExchange there, and check without --audience")]
    [InlineData("entra", "\"api://AzureADTokenExchange\"", "API://AzureADTokenExchange", "token-audience: aud is \"api://AzureADTokenExchange\", only the letter case differs; expected \"API://AzureADTokenExchange\"",
        "the token has the documented audience of Microsoft Entra ID: register api://AzureADTokenExchange there, and check without --audience")]
    [InlineData("entra", "\"api://AzureADTokenExchangeChina\"", "api://AzureADTokenExchangeChina/", "token-audience: aud is \"api://AzureADTokenExchangeChina\", only a slash at the end differs; expected \"api://AzureADTokenExchangeChina/\"",
        "the token has the documented audience of Microsoft Entra ID: register api://AzureADTokenExchangeChina there, and check with --audience api://AzureADTokenExchangeChina")]
    [InlineData("aws", "\"sts.amazonaws.com\"", "my-client", "token-audience: aud is \"sts.amazonaws.com\"; expected \"my-client\"",
        "the token has the documented audience of AWS IAM: register sts.amazonaws.com there, and check without --audience; if my-client is registered on purpose, project the token with audience: my-client")]
    [InlineData("entra", "\"api://AzureADTokenExchange\"", "api://AzureADTokenExchangeUSGov", "token-audience: aud is \"api://AzureADTokenExchange\"; expected \"api://AzureADTokenExchangeUSGov\"", "project the token with audience: api://AzureADTokenExchangeUSGov")]
    [InlineData("google", "\"https:" + Provider + "\"", Provider, null, null)]
    [InlineData("google", "\"" + Provider + "\"", "https:" + Provider, null, null)]
    [InlineData("keycloak", null, null, "token-audience: no aud; expected the audience that is registered", "project the token with the one audience that is registered at the relying party")]
    [InlineData("keycloak", "[\"a\",\"b\"]", null, "token-audience: aud is \"a\", \"b\"; expected exactly one audience", "project the token with the one audience that is registered at the relying party")]
    [InlineData("vault", null, null, "token-claim-missing: no aud: accepted only by a role without bound_audiences", "create the token with the API server, which writes every claim: kubectl create token web --namespace shop --audience AUDIENCE")]
    public void Compares_the_audience(string party, string? aud, string? stated, string? said, string? fix) =>
        Assert.Equal(said is null ? [] : [(said, fix!)], Said(party, (_, claims) => { claims.Remove("aud"); if (aud is not null) { claims["aud"] = JsonNode.Parse(aud); } }, stated));

    /// <summary>The limit of each party, and what that party has to make it shorter.</summary>
    [Theory]
    [InlineData("entra", 601, "sub has 601 characters; Microsoft Entra ID takes 600", "choose a shorter namespace or ServiceAccount name")]
    [InlineData("google", 128, "sub has 128 bytes; Google Cloud takes 127", "map google.subject to a shorter expression than assertion.sub, or choose a shorter namespace or ServiceAccount name")]
    [InlineData("snowflake", 256, "sub has 256 characters; Snowflake takes 255", "choose a shorter namespace or ServiceAccount name")]
    public void Says_how_long_a_subject_may_be(string party, int length, string said, string fix) =>
        Assert.Equal([($"token-subject-long: {said}", fix)], Said(party, (_, claims) => claims["sub"] = new string('a', length)));

    /// <summary>An audience that cannot be registered is not one to compare with, too.</summary>
    [Theory]
    [InlineData("entra", 601, true, "--audience has 601 characters; Microsoft Entra ID takes 600", "register a shorter audience, and project the token with that: api://AzureADTokenExchange")]
    [InlineData("entra", 601, false, "aud has 601 characters; Microsoft Entra ID takes 600", "register a shorter audience, and project the token with that: api://AzureADTokenExchange")]
    [InlineData("google", 257, true, "--audience has 257 characters; Google Cloud takes 256", "register a shorter audience, and project the token with that: " + OfProvider)]
    [InlineData("google", 257, false, "aud has 257 characters; Google Cloud takes 256", "register a shorter audience, and project the token with that: " + OfProvider)]
    public void Says_how_long_an_audience_may_be(string party, int length, bool isStated, string said, string fix) =>
        Assert.Equal([($"token-audience-long: {said}", fix)], Said(party, (_, claims) => claims["aud"] = new string('a', length), isStated ? new string('a', length) : null));

    /// <summary>Each algorithm has another cause, and whoever chose it has to change.</summary>
    [Theory]
    [InlineData("entra", "RS384", "an API server signs RS256 with its RSA key: set what signs with RS384 instead (an external signer, or another program) to RS256")]
    [InlineData("entra", "PS256", "an API server signs RS256 with its RSA key: set what signs with PS256 instead (an external signer, or another program) to RS256")]
    [InlineData("entra", "HS256", "HS256 signs with a shared secret, and no API server does: " + Create)]
    [InlineData("entra", "none", "nobody has signed this token, and an API server signs every one: " + Create)]
    [InlineData("entra", "rs256", "letter case counts, and no API server writes alg so: " + Create)]
    [InlineData("entra", null, "no API server creates such a token: " + Create)]
    [InlineData("entra", "EdDSA", "sign with an RSA key: --service-account-signing-key-file of every API server, once its public key is published")]
    [InlineData("entra", "ML-DSA-44", "sign with an RSA key: --service-account-signing-key-file of every API server, once its public key is published")]
    public void Says_of_each_algorithm_who_has_to_change_what(string party, string? algorithm, string fix)
    {
        (string Said, string Fix)[] said = Said(party, (header, _) => header["alg"] = algorithm);

        Assert.Contains(said, each => each.Said.StartsWith("token-algorithm: ", StringComparison.Ordinal) && each.Fix == fix);
    }

    [Theory]
    [InlineData("entra", "ES384", "sign with an RSA key: --service-account-signing-key-file of every API server, once its public key is published")]
    [InlineData("google", "ES384", "sign with an RSA key, or with an EC key of P-256: --service-account-signing-key-file of every API server, once its public key is published")]
    public void Says_which_other_key_is_accepted(string party, string algorithm, string fix) =>
        Assert.Equal(fix, Assert.Single(Stage.TokenFor([party], (header, _) => header["alg"] = algorithm, keys: [KeySamples.P384("a")]).Findings, finding => finding.Id == "token-algorithm").Fix);

    [Theory]
    [InlineData("entra", "AADSTS5002738: the signature algorithm is not supported")]
    [InlineData("aws", "InvalidIdentityToken: The web identity token provided could not be validated")]
    [InlineData("vault", "failed to verify id token signature")]
    public void Finds_an_algorithm_of_another_type_of_key_once(string party, string response)
    {
        CheckFinding finding = Assert.Single(Stage.TokenFor([party], (header, _) => header["alg"] = "ES256").Findings);

        Assert.Equal(("token-signature", "the signature is not by kid \"a\": alg is \"ES256\", and the key is an RSA key"), (finding.Id, finding.Found));
        Assert.Equal(response, Assert.Single(finding.Responses).Response);
    }

    /// <summary>A key set in which no key is for the party says the same of every token that is signed with one of them.</summary>
    [Fact]
    public void Does_not_repeat_of_the_token_that_no_key_can_be_used()
    {
        StepBuilder keys = new("jwks", [RelyingParty.Find("entra")!, RelyingParty.Find("aws")!], TimeProvider.System);
        keys.Report("no-usable-key", "no key for RS256; the keys are for ES256", only: [RelyingParty.Find("entra")!]);
        (JsonObject header, JsonObject claims) = Stage.GoodToken("entra");
        header["alg"] = "ES256";
        CheckRequest request = new() { Issuer = Tests.Issuers.Build.Identifier(), Parties = keys.Parties, Tokens = [new TokenInput { Name = "t", Text = Stage.Sign(header, claims) }] };
        IssuerDocuments documents = new() { Steps = [keys.Done("")], Issuer = Stage.Issuer, Keys = IssuerGateway.Issuers.KeySet.Parse(Tests.Issuers.Build.Utf8($"{{\"keys\":[{KeySamples.P256(kid: "a")}]}}"), out _) };

        StepReport step = Assert.Single(new TokenStep(request, ServerDocuments.None, new FindingFolding([]), new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Stage.Now)).Run(documents));

        Assert.DoesNotContain(step.Findings, finding => finding.Id == "token-algorithm");
    }

    /// <summary>That a party does not know the type of the key says why it rejects the token too.</summary>
    [Theory]
    [InlineData("vault")]
    [InlineData("kubernetes")]
    [InlineData("entra")]
    public async Task Does_not_repeat_of_the_token_that_its_key_is_of_an_unknown_type(string party)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = Stage.Discovery().ToJsonString();
        issuer.Keys = $"{{\"keys\":[{KeySamples.P256(kid: "k").Replace("P-256", "secp256k1", StringComparison.Ordinal).Replace("ES256", "ES256K", StringComparison.Ordinal)}]}}";
        string[] parts = Stage.TokenOfNow(Stage.Issuer, "both", "k").Split('.');
        parts[0] = System.Buffers.Text.Base64Url.EncodeToString("""{"alg":"ES256K","kid":"k"}"""u8);

        CheckReport report = await issuer.CheckAsync(Stage.Request(Stage.Issuer) with { Parties = [RelyingParty.Find(party)!], Overrides = Stage.LeadingTo(issuer), Audience = "both", Tokens = [new TokenInput { Name = "t", Text = string.Join('.', parts) }] });

        Assert.Equal(Verdict.Rejects, report.VerdictOf(report.Parties[0]));
        Assert.Single(report.Findings, finding => finding.Severity == IssuerGateway.Issuers.Severity.Error);
    }

    /// <summary>To a party for which the last of two counts a new token is signed by the first again.</summary>
    [Fact]
    public void Removes_the_duplicate_of_a_kid_where_the_last_one_counts()
    {
        CheckFinding finding = Assert.Single(Stage.TokenFor(["aws"], (_, _) => { }, keys: [Stage.GoodKey("a"), Tests.Issuers.Build.Rsa("a")]).Findings);

        Assert.Equal(("kid-duplicate", "2 keys have kid \"a\", and the last one, which counts, did not sign the token"), (finding.Id, finding.Found));
        Assert.Equal("keep the key that signs under this kid, and publish the other with a kid of its own: a new token fails as this one does", finding.Fix);
    }

    [Theory]
    [InlineData("entra", "\"soon\"", "exp is a string")]
    [InlineData("entra", "1e300", "exp is a number out of range")]
    [InlineData("kubernetes", "\"soon\"", "exp is a string")]
    [InlineData("vault", "true", "exp is a boolean")]
    public void Says_which_time_is_none_and_what_it_is(string party, string exp, string found) =>
        Assert.Equal(found, Assert.Single(Stage.TokenFor([party], (_, claims) => claims["exp"] = JsonNode.Parse(exp)).Findings, finding => finding.Id == "token-time-malformed").Found);

    /// <summary>The line of a token says what of it was compared with nothing.</summary>
    [Theory]
    [InlineData("vault", "\"vault\"", null, "token.jwt: system:serviceaccount:shop:web, RS256, kid a; aud is \"vault\", not compared (--audience)")]
    [InlineData("vault", "\"vault\"", "vault", "token.jwt: system:serviceaccount:shop:web, RS256, kid a")]
    [InlineData("generic", null, null, "token.jwt: system:serviceaccount:shop:web, RS256, kid a; no aud")]
    [InlineData("entra", "\"api://AzureADTokenExchange\"", null, "token.jwt: system:serviceaccount:shop:web, RS256, kid a")]
    [InlineData("entra,vault,keycloak", "\"api://AzureADTokenExchange\"", null, "token.jwt: system:serviceaccount:shop:web, RS256, validated as entra, vault, keycloak; aud is \"api://AzureADTokenExchange\", compared as entra only (--audience)")]
    [InlineData("entra,aws,vault", "\"api://AzureADTokenExchange\"", null, "token.jwt: system:serviceaccount:shop:web, RS256, validated as entra, aws, vault; aud is \"api://AzureADTokenExchange\", not compared as vault (--audience)")]
    public void Says_that_an_audience_was_not_compared(string parties, string? aud, string? stated, string line) =>
        Assert.Equal(line, Stage.TokenFor(parties.Split(','), (_, claims) => claims["aud"] = aud is null ? null : JsonNode.Parse(aud), stated).Summary);

    [Fact]
    public void Names_in_its_line_what_a_token_lacks() =>
        Assert.StartsWith("token.jwt: no sub, RS256, no kid", Stage.TokenFor(["entra"], (header, claims) => { header.Remove("kid"); claims.Remove("sub"); }).Summary, StringComparison.Ordinal);

    private static (string Said, string Fix)[] Said(string party, Action<JsonObject, JsonObject> spoil, string? audience = null, string? subject = null) =>
        [.. Stage.TokenFor([party], spoil, audience, subject).Findings.Select(finding => ($"{finding.Id}: {finding.Found}", finding.Fix))];
}
