using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>How certain the verdict on a token is: what the facts or the source of a party leave open is only "might reject".</summary>
public sealed class TokenCertaintyTests
{
    /// <summary>A letter for each party, in the order of the documentation: R rejects, ? might, A accepts.</summary>
    [Theory]
    [InlineData("nothing", "A A A A A A A A A A A A")]
    [InlineData("aud 5", "R R R R R R A A ? R R R")]
    [InlineData("aud [5]", "R R R R R R A A ? R R R")]
    [InlineData("nbf 1e12", "R R ? R R R R ? ? ? ? R")]
    [InlineData("iat 1e12", "? R R R R A A ? ? ? ? ?")]
    [InlineData("jwk", "A A A R R R A A A A A A")]
    [InlineData("kid 5", "? ? R R R R A A A A A A")]
    [InlineData("iss 5", "R R R R R R R ? R R R ?")]
    [InlineData("crit exp", "? R ? R R R R ? ? ? ? ?")]
    [InlineData("crit empty", "? ? ? A A A ? ? ? ? ? ?")]
    [InlineData("exp 4102444800", "R A R A A A A R A A A R")]
    [InlineData("exp 253402300700", "R ? R A A A A R ? ? ? R")]
    [InlineData("exp 253402300800", "R ? R A A A A R ? ? ? R")]
    [InlineData("exp 1e300", "R ? R R R R A R ? ? ? R")]
    [InlineData("nbf 4102444800", "R R ? R R R R ? ? ? ? R")]
    [InlineData("iat null", "R R R A A R A R A A A A")]
    [InlineData("exp null", "R R R R R R R R ? ? ? ?")]
    [InlineData("sub null", "R R R R R R A A A R R A")]
    [InlineData("sub null, and one was given", "R R R R R R R ? ? R R ?")]
    [InlineData("another kid, and the published key", "R R R R R R ? ? ? ? ? ?")]
    [InlineData("the kid of a key without kid", "R R R R R R ? ? ? ? ? ?")]
    [InlineData("another kid, and another key", "R R R R R R R R R R R R")]
    [InlineData("the kid of the only key, without kid", "R R R R R R ? ? ? ? ? ?")]
    [InlineData("the first of two keys of that kid", "A R A A A A A A A A A R")]
    public void Of_a_token(string what, string verdicts) => Assert.Equal(verdicts, string.Join(' ', RelyingParty.Ids.Select(id => Letter(what, id))));

    /// <summary>The party's own text for a claim that is not there (section 4 of the facts, the row "claim").</summary>
    [Theory]
    [InlineData("iss", "InvalidIdentityToken: Missing a required claim: iss")]
    [InlineData("aud", "InvalidIdentityToken: Missing a required claim: aud")]
    [InlineData("iat", "InvalidIdentityToken: Missing a required claim: iat")]
    [InlineData("iat,exp", "InvalidIdentityToken: Missing a required claim: iat or exp")]
    public void Names_the_claim_that_AWS_misses(string claims, string response) => Assert.Equal(response, Assert.Single(Assert.Single(
        Stage.TokenFor(["aws"], (_, payload) => Array.ForEach(claims.Split(','), claim => payload.Remove(claim))).Findings).Responses).Response);

    /// <summary>One cause is one rule, whatever each party makes of it.</summary>
    [Theory]
    [InlineData("aud 5", "token-audience")]
    [InlineData("aud [5]", "token-audience")]
    [InlineData("kid 5", "token-member-type")]
    [InlineData("iss 5", "token-issuer")]
    [InlineData("exp 1e300", "token-time-malformed")]
    [InlineData("exp null", "token-claim-missing")]
    [InlineData("sub null, and one was given", "token-claim-missing")]
    [InlineData("the first of two keys of that kid", "kid-duplicate")]
    [InlineData("the kid of a key without kid", "kid-missing")]
    public void Names_one_cause_once(string what, string rule)
    {
        string[] parties = ["entra", "aws", "google", "kubernetes", "generic", "keycloak"];

        Assert.Equal([rule], parties.SelectMany(party => Step(what, party).Findings).Select(finding => finding.Id).Distinct());
        Assert.All(parties, party => Assert.True(Step(what, party).Findings.Count < 2, party));
    }

    /// <summary>What the two say of a document that another issuer is in, while the token is as registered, nobody has recorded.</summary>
    [Theory]
    [InlineData("entra")]
    [InlineData("aws")]
    public void Has_no_response_to_a_document_that_differs_from_the_token(string party)
    {
        (JsonObject header, JsonObject claims) = Stage.GoodToken(party);
        CheckRequest request = new() { Issuer = Build.Identifier(Stage.Issuer), Parties = [RelyingParty.Find(party)!], Tokens = [new TokenInput { Name = "t", Text = Stage.Sign(header, claims) }] };

        PartyRule entry = IssuerSides.Of(request, Stage.Issuer + "/").Adapt(RuleTable.Find("issuer-mismatch").For(party));

        Assert.Equal((Severity.Error, null, Evidence.Unconfirmed), (entry.Severity, entry.Response, entry.Evidence));
    }

    private static char Letter(string what, string party) =>
        new CheckReport { Issuer = Stage.Issuer, Parties = [RelyingParty.Find(party)!], Steps = [Step(what, party)], At = Stage.Now }.VerdictOf(RelyingParty.Find(party)!)
            switch { Verdict.Accepts => 'A', Verdict.MightReject => '?', Verdict.Rejects => 'R', _ => '-' };

    private static StepReport Step(string what, string party) => Stage.TokenFor([party], (header, claims) => Spoil(what, header, claims),
        subject: what.EndsWith("one was given", StringComparison.Ordinal) ? Stage.Subject : null,
        keys: what switch
        {
            "the kid of a key without kid" => [Stage.GoodKey("a").Replace("\"kid\":\"a\",", "", StringComparison.Ordinal), Build.Rsa("b")],
            "the kid of the only key, without kid" => [Stage.GoodKey("a").Replace("\"kid\":\"a\",", "", StringComparison.Ordinal)],
            "the first of two keys of that kid" => [Stage.GoodKey("a"), Build.Rsa("a")],
            "another kid, and another key" => [Build.Rsa("a")],
            _ => null,
        });

    private static void Spoil(string what, JsonObject header, JsonObject claims)
    {
        switch (what.Split(' ', ','))
        {
            case ["crit", var name]: header["crit"] = name == "empty" ? [] : new JsonArray(name); break;
            case ["jwk"]: header["jwk"] = new JsonObject { ["kty"] = "zz" }; break;
            case ["kid", var value]: header["kid"] = JsonNode.Parse(value); break;
            case ["another", ..]: header["kid"] = "x"; break;
            case ["aud" or "iss" or "exp" or "nbf" or "iat" or "sub", var value, ..]: claims[what[..3]] = JsonNode.Parse(value); break;
        }
    }
}
