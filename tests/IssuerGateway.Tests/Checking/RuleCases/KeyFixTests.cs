using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>What is said of a key set to one party, word for word, and what to do about it.</summary>
public sealed class KeyFixTests
{
    private const string Sign = "sign with an RSA key: --service-account-signing-key-file on every API server";
    private const string Ed25519 = """{"kty":"OKP","crv":"Ed25519","kid":"d","alg":"EdDSA","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""";
    private const string Unknown = """{"kty":"AKP","kid":"m","pub":"AQAB"}""";

    /// <summary>Entra stores the first 100 keys. Of a type with more than 100 AWS uses none, and the other type continues.</summary>
    [Theory]
    [InlineData("aws", 101, 0, Severity.Error, "101 RSA keys: AWS IAM rejects every token signed with an RSA key, and no usable key of another type is published")]
    [InlineData("aws", 0, 101, Severity.Error, "101 EC keys: AWS IAM rejects every token signed with an EC key, and no usable key of another type is published")]
    [InlineData("aws", 101, 101, Severity.Error, "101 RSA keys, 101 EC keys: AWS IAM rejects every token signed with an RSA key or an EC key, and no usable key of another type is published")]
    [InlineData("aws", 101, 1, Severity.Warning, "101 RSA keys: AWS IAM rejects every token signed with an RSA key; those signed with an EC key it accepts")]
    [InlineData("aws", 1, 101, Severity.Warning, "101 EC keys: AWS IAM rejects every token signed with an EC key; those signed with an RSA key it accepts")]
    [InlineData("entra", 101, 0, Severity.Warning, "101 keys: Microsoft Entra ID stores the first 100, and rejects tokens signed with another; those signed with a usable key among the first 100 it accepts")]
    [InlineData("entra", 1, 100, Severity.Error, "101 keys: Microsoft Entra ID stores the first 100, and none of them is usable")]
    [InlineData("generic", 101, 0, Severity.Warning, "101 keys")]
    public async Task Says_which_tokens_fail_when_there_are_too_many_keys(string party, int rsa, int ec, Severity severity, string found)
    {
        CheckFinding finding = Assert.Single(await Of(party, [.. Stage.ExchangeKids(ec, "EC"), .. Stage.ExchangeKids(rsa, "RSA")]), finding => finding.Id == "key-set-too-many");

        Assert.Equal((severity, found), (finding.Responses.Single(entry => entry.Party == party).Severity!.Value, finding.Found));
    }

    [Theory]
    [InlineData("entra", "RS384")]
    [InlineData("google", "RS384")]
    [InlineData("google", "PS256")]
    [InlineData("databricks", "RS512")]
    public async Task Asks_nobody_to_sign_with_an_RSA_key_who_does(string party, string algorithm)
    {
        CheckFinding finding = Assert.Single(await Of(party, Rsa("a", algorithm)), finding => finding.Id == "no-usable-key");

        Assert.EndsWith($"; the keys are for {algorithm}", finding.Found, StringComparison.Ordinal);
        Assert.Equal($"it is an RSA key, and its alg says {algorithm}: publish it with \"alg\":\"RS256\" or without alg, if the API server signs RS256 with it (Kubernetes writes RS256)", finding.Fix);
    }

    /// <summary>The fix that a party gets to whom the alg of the key matters comes first for the others too: following both would list what nobody signs with.</summary>
    [Theory]
    [InlineData("RS384", "it is an RSA key, and its alg says RS384: publish it with \"alg\":\"RS256\" or without alg, if the API server signs RS256 with it (Kubernetes writes RS256); else add \"RS384\" to id_token_signing_alg_values_supported of the discovery document")]
    [InlineData("ES256", "add \"ES256\" to id_token_signing_alg_values_supported of the discovery document")]
    public async Task Asks_for_one_end_of_two_parties(string algorithm, string fix)
    {
        IEnumerable<CheckFinding> findings = await Stage.Server(server => server.Keys = $"{{\"keys\":[{(algorithm == "ES256" ? KeySamples.P256() : Rsa("a", algorithm))}]}}");

        Assert.Equal(fix, findings.Single(finding => finding.Id == "discovery-algorithms").Fix);
    }

    /// <summary>Kubernetes reads the list into strings and could do without it, AWS could not.</summary>
    [Fact]
    public async Task Asks_for_the_list_of_algorithms_where_it_is_no_list() =>
        Assert.All((await Stage.Document(document => document["id_token_signing_alg_values_supported"] = "RS256")).Where(finding => finding.Rule.Step == "discovery"),
            finding => Assert.Equal("publish \"id_token_signing_alg_values_supported\":[\"RS256\"]", finding.Fix));

    [Fact]
    public async Task Says_the_same_of_such_a_key_beside_a_good_one() =>
        Assert.StartsWith("it is an RSA key, and its alg says RS384: ", Assert.Single(await Of("entra", Rsa("a", "RS256"), Rsa("b", "RS384")), finding => finding.Id == "key-algorithm").Fix, StringComparison.Ordinal);

    [Theory]
    [InlineData("entra")]
    [InlineData("google")]
    [InlineData("aws")]
    public async Task Asks_who_signs_with_Ed25519_alone_for_an_RSA_key(string party)
    {
        CheckFinding finding = Assert.Single(await Of(party, Ed25519), finding => finding.Id == "no-usable-key");

        Assert.EndsWith("; the keys are for EdDSA", finding.Found, StringComparison.Ordinal);
        Assert.Equal(Sign, finding.Fix);
    }

    [Theory]
    [InlineData("entra")]
    [InlineData("google")]
    public async Task A_key_of_an_unknown_type_is_one_finding(string party) =>
        Assert.Equal(["key-type-unknown"], (await Of(party, Rsa("a", "RS256"), Unknown)).Select(finding => finding.Id));

    /// <summary>A key without use breaks the set of Keycloak, of whatever type it is.</summary>
    [Fact]
    public async Task A_key_of_an_unknown_type_without_use_is_an_error_for_Keycloak() =>
        Assert.Equal("kid \"m\"", Assert.Single(await Of("keycloak", Rsa("a", "RS256"), Unknown), finding => finding.Id == "key-use-missing").Found);

    [Fact]
    public async Task Says_that_a_kid_is_empty()
    {
        CheckFinding finding = Assert.Single(await Of("entra", Rsa("", "RS256")), finding => finding.Id == "kid-missing");

        Assert.Equal(("A key has no kid, or an empty one.", "a key with an empty kid"), (finding.Rule.Cause, finding.Found));
    }

    [Fact]
    public async Task Says_that_several_keys_have_an_empty_kid() =>
        Assert.Equal("2 keys have an empty kid", Assert.Single(await Of("entra", Rsa("", "RS256"), Rsa("", "RS256")), finding => finding.Id == "kid-duplicate").Found);

    private static string Rsa(string kid, string algorithm) => Build.Rsa(kid).Replace("RS256", algorithm, StringComparison.Ordinal);

    private static async Task<CheckFinding[]> Of(string party, params string[] keys) => [.. (await Stage.Keys(keys)).Where(finding => finding.Responses.Any(entry => entry.Party == party))];
}
