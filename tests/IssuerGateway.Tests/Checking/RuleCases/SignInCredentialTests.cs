using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.SignIn;
using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>A credential is changed only where it is the workload's own: that of another workload, cluster or service is how that one signs in.</summary>
public sealed class SignInCredentialTests
{
    private const string Other = "https://other.example.test";
    private const string Api = "system:serviceaccount:shop:api";
    private const string Create = "create a credential of this workload: issuerctl trust apply entra-app";
    private const string Token = "kubectl create token web --namespace shop --audience api://AzureADTokenExchange";
    private const string Taken = "choose another --credential-name: credential \"shop-web\" is another workload's";

    /// <summary>Name, issuer and subject of the only credential, and the fix. The default name is shop-web.</summary>
    [Theory]
    [InlineData("shop-api", Stage.Issuer, Api, Create)]
    [InlineData("flexible", Stage.Issuer, "", Create)]
    [InlineData("prod-web", Other, Stage.Subject, Create)]
    [InlineData("github", "https://token.actions.githubusercontent.com", "repo:o/r:ref:refs/heads/main", Create)]
    [InlineData("shop-api", Stage.Issuer + "/", Api, Create)]
    [InlineData("shop-web", Stage.Issuer, Api, Taken)]
    [InlineData("SHOP-WEB", Other, Api, "choose another --credential-name: credential \"SHOP-WEB\" is another workload's")]
    [InlineData("shop-web", Other, Stage.Subject, "correct the credential, or, if it is of another cluster, choose another --credential-name: UPDATE")]
    [InlineData("any", Stage.Issuer + "/", Stage.Subject, "update")]
    [InlineData("any", Stage.Issuer, "system:serviceaccount:shop:Web", "update")]
    [InlineData("any", Stage.Issuer + "/", "system:serviceaccount:Shop:web", "update")]
    public async Task Changes_only_the_credential_of_the_workload(string name, string issuer, string subject, string fix)
    {
        foreach (bool withToken in (bool[])[false, true])
        {
            string found = await FixAsync([new(name, issuer, subject, ["api://AzureADTokenExchange"])], withToken ? _ => { } : null);

            Assert.Equal(fix == "update" ? Update(name) : fix.Replace("UPDATE", Update(name), StringComparison.Ordinal), found);
        }
    }

    /// <summary>The closest credential shows what is wrong: first that of an issuer that is spelled otherwise, then that of the subject.</summary>
    [Theory]
    [InlineData("far,subject,spelled", "spelled")]
    [InlineData("far,subject", "subject")]
    public async Task Names_the_nearest(string names, string nearest)
    {
        Dictionary<string, SignInCredential> all = new()
        {
            ["far"] = new("far", Other, Api, ["a"]), ["subject"] = new("subject", Other, Stage.Subject, ["a"]), ["spelled"] = new("spelled", Stage.Issuer + "/", Api, ["a"]),
        };

        CheckFinding finding = Assert.Single(await Stage.SignIn(facts => facts with { Credentials = [.. names.Split(',').Select(name => all[name])] }), finding => finding.Id.StartsWith("credential-", StringComparison.Ordinal));

        Assert.StartsWith($"\"{nearest}\" has issuer", finding.Found, StringComparison.Ordinal);
    }

    /// <summary>A name that was chosen is changed by apply, whatever it is for.</summary>
    [Fact]
    public async Task Changes_the_credential_whose_name_was_chosen() =>
        Assert.Equal(Update("chosen"), await FixAsync([new("chosen", Stage.Issuer, Api, ["a"])], null, wanted => wanted with { CredentialName = "chosen", HasDefaultName = false }));

    [Fact]
    public async Task Changes_the_one_of_the_workload_beside_those_of_others() =>
        Assert.Equal(Update("mine"), await FixAsync([new("shop-api", Stage.Issuer, Api, ["a"]), new("mine", Stage.Issuer + "/", Stage.Subject, ["a"])], null));

    [Fact]
    public async Task Makes_room_where_an_app_can_have_no_more() =>
        Assert.Equal($"delete a federated credential that nothing uses, because an app has at most 20, and {Create}",
            await FixAsync([.. Enumerable.Range(0, 20).Select(i => new SignInCredential($"n{i}", $"https://o{i}.example.test", "s", ["a"]))], null));

    /// <summary>Subject of the only credential and of the token, and the fix: no credential gets a subject that the options do not name.</summary>
    [Theory]
    [InlineData(Stage.Subject, "system:serviceaccount:Shop:web", Token)]
    [InlineData(Stage.Subject, "system:serviceaccount:shop:default", Token)]
    [InlineData(Api, "system:serviceaccount:shop:default", "create a credential of this workload, and create a new token: issuerctl trust apply entra-app; " + Token)]
    [InlineData("system:serviceaccount:shop:Web", "system:serviceaccount:Shop:web", "correct the credential, and create a new token: UPDATE; " + Token)]
    public async Task Never_fits_a_credential_to_a_token_of_something_else(string subject, string sub, string fix) =>
        Assert.Equal(fix.Replace("UPDATE", Update("of-somebody"), StringComparison.Ordinal), await FixAsync([new("of-somebody", Stage.Issuer, subject, ["api://AzureADTokenExchange"])], claims => claims["sub"] = sub));

    /// <summary>The token of another workload beside the credential of the right one.</summary>
    [Fact]
    public async Task Names_the_token_where_any_credential_is_as_the_options_are() =>
        Assert.Equal(Token, await FixAsync([new("shop-api", Stage.Issuer, Api, ["a"]), new("mine", Stage.Issuer, Stage.Subject, ["a"])], claims => claims["sub"] = "system:serviceaccount:shop:default"));

    /// <summary>A token of another workload or cluster, whose credential has another audience, beside the credential of the one that was asked about: that of the other stays.</summary>
    [Theory]
    [InlineData(Stage.Issuer, Api)]
    [InlineData(Other, Stage.Subject)]
    [InlineData(Other, Api)]
    public async Task Changes_no_audience_of_another(string issuer, string subject) =>
        Assert.Equal(Token, await FixAsync([new("mine", Stage.Issuer, Stage.Subject, ["api://AzureADTokenExchange"]), new("theirs", issuer, subject, ["api://other"])], claims => (claims["iss"], claims["sub"]) = (issuer, subject)));

    /// <summary>A token of another workload under another spelling of the issuer, whose credential is good: the one that was asked about stays.</summary>
    [Fact]
    public async Task Names_the_workload_under_another_spelling() =>
        Assert.Equal(Token, await FixAsync([new("shop-web", Stage.Issuer, Stage.Subject, ["api://AzureADTokenExchange"]), new("x", Stage.Issuer + "/", Api, ["api://AzureADTokenExchange"])], claims => (claims["iss"], claims["sub"]) = (Stage.Issuer + "/", Api)));

    /// <summary>The only credential is another cluster's, and so is the token.</summary>
    [Theory]
    [InlineData(Api, "create a credential of this workload, and create a new token: issuerctl trust apply entra-app; " + Token)]
    [InlineData(Stage.Subject, "use --issuer " + Other + " if that is meant, and correct the credential: az ad app federated-credential update ")]
    public async Task Changes_no_audience_of_another_cluster(string subject, string fix) =>
        Assert.StartsWith(fix, await FixAsync([new("x", Other, subject, ["api://other"])], claims => (claims["iss"], claims["sub"]) = (Other, subject)), StringComparison.Ordinal);

    /// <summary>What is wrong with the token is not corrected in a credential that is right, and an issuer that nobody can fetch is used nowhere.</summary>
    [Theory]
    [InlineData(Other, Stage.Subject, "api://AzureADTokenExchange", "api://other", "use --issuer " + Other + " if that is meant, and project the token with audience: api://AzureADTokenExchange")]
    [InlineData("http://issuer.example.test", Stage.Subject, "api://AzureADTokenExchange", "api://AzureADTokenExchange", "set --service-account-issuer=https://issuer.example.test on every API server, create a new token, and correct the credential: az ")]
    [InlineData("http://issuer.example.test", Stage.Subject, "api://other", "api://AzureADTokenExchange", "set --service-account-issuer=https://issuer.example.test on every API server, create a new token, and correct the credential: az ")]
    [InlineData("https://kubernetes.default.svc", Stage.Subject, "api://AzureADTokenExchange", "api://other", "set --service-account-issuer=https://issuer.example.test on every API server, create a new token, and correct the credential: az ")]
    [InlineData("https://kubernetes.default.svc", Stage.Subject, "api://AzureADTokenExchange", "api://AzureADTokenExchange", "set --service-account-issuer=https://issuer.example.test on every API server, create a new token, and correct the credential: az ")]
    public async Task Corrects_the_side_that_is_wrong(string issuer, string subject, string credential, string aud, string fix) =>
        Assert.StartsWith(fix, await FixAsync([new("any", issuer, subject, [credential])], claims => (claims["iss"], claims["sub"], claims["aud"]) = (issuer, subject, new JsonArray(aud))), StringComparison.Ordinal);

    /// <summary>Where the right credential is there, none is made a second one like it.</summary>
    [Fact]
    public async Task Makes_no_second_credential_of_the_workload() =>
        Assert.Equal($"set --service-account-issuer=https://issuer.example.test on every API server, create a new token: {Token}",
            await FixAsync([new("mine", Stage.Issuer, Stage.Subject, ["api://AzureADTokenExchange"]), new("any", "http://issuer.example.test", Stage.Subject, ["api://AzureADTokenExchange"])], claims => claims["iss"] = "http://issuer.example.test"));

    [Fact]
    public async Task Uses_no_issuer_that_nobody_can_fetch() =>
        Assert.StartsWith("set --service-account-issuer=https://issuer.example.test on every API server, and create a new token; ", await FixAsync([new("any", Stage.Issuer, "system:serviceaccount:shop:Web", ["a"])], claims => claims["iss"] = "http://issuer.example.test"), StringComparison.Ordinal);

    [Fact]
    public async Task Corrects_the_credential_that_is_the_workload_s_to_the_letter() =>
        Assert.Contains("--federated-credential-id n2 ", await FixAsync([new("n1", Other, "system:serviceaccount:shop:Web", ["api://other"]), new("n2", Other, Stage.Subject, ["api://other"])], claims => claims["iss"] = Other), StringComparison.Ordinal);

    /// <summary>The same without a credential of the one that was asked about.</summary>
    [Fact]
    public async Task Creates_a_credential_beside_that_of_another_with_another_audience() =>
        Assert.Equal($"create a credential of this workload, and create a new token: issuerctl trust apply entra-app; {Token}",
            await FixAsync([new("theirs", Stage.Issuer, Api, ["api://other"])], claims => claims["sub"] = Api));

    [Theory]
    [InlineData(Stage.Issuer, Api)]
    [InlineData("https://third.example.test", Stage.Subject)]
    public async Task Changes_no_credential_of_another_to_the_issuer_of_a_token(string issuer, string subject) =>
        Assert.Equal($"use --issuer {Other} if that is meant, also in this command, and {Create}", await FixAsync([new("of-somebody", issuer, subject, ["a"])], claims => claims["iss"] = Other));

    private static string Update(string name) =>
        $"az ad app federated-credential update --id 11111111-2222-3333-4444-555555555555 --federated-credential-id {name} --parameters "
        + $"'{{\"issuer\":\"{Stage.Issuer}\", \"subject\":\"{Stage.Subject}\", \"audiences\":[\"api://AzureADTokenExchange\"]}}'";

    private static async Task<string> FixAsync(SignInCredential[] credentials, Action<JsonObject>? claimsOf, Func<SignInExpectation, SignInExpectation>? change = null)
    {
        (JsonObject header, JsonObject claims) = Stage.GoodToken("entra");
        claimsOf?.Invoke(claims);
        TokenInput? token = claimsOf is null ? null : new TokenInput { Name = "token.jwt", Text = Stage.Sign(header, claims) };
        IEnumerable<CheckFinding> found = await Stage.SignIn(facts => facts with { Credentials = credentials }, change: wanted => (change?.Invoke(wanted) ?? wanted) with { Token = token });
        return Assert.Single(found, finding => finding.Id is "token-issuer" or "token-subject" || finding.Id.StartsWith("credential-", StringComparison.Ordinal)).Fix;
    }
}
