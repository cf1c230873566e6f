using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>What <c>check</c> says of a token for Entra, the sign-in side says too: the same findings with the same words, once each.</summary>
public sealed class SignInTokenTests
{
    private static readonly Dictionary<string, Action<JsonObject, JsonObject>> tokens = new()
    {
        ["good"] = (_, _) => { },
        ["no sub"] = (_, claims) => claims.Remove("sub"),
        ["an empty sub"] = (_, claims) => claims["sub"] = "",
        ["no aud"] = (_, claims) => claims.Remove("aud"),
        ["two audiences"] = (_, claims) => claims["aud"] = new JsonArray("api://AzureADTokenExchange", "x"),
        ["no iat"] = (_, claims) => claims.Remove("iat"),
        ["no exp"] = (_, claims) => claims.Remove("exp"),
        ["neither sub nor iat"] = (_, claims) => { claims.Remove("sub"); claims.Remove("iat"); },
        ["exp as a text"] = (_, claims) => claims["exp"] = "soon",
        ["a claim twice"] = (_, claims) => (claims["jti"], claims["jti~"]) = ("a", "b"),
        ["a header twice"] = (header, _) => (header["x"], header["x~"]) = ("a", "b"),
        ["at+jwt"] = (header, _) => header["typ"] = "at+jwt",
        ["crit"] = (header, _) => header["crit"] = new JsonArray("exp"),
        ["no kid"] = (header, _) => header.Remove("kid"),
        ["a kid that is a number"] = (header, _) => header["kid"] = 5,
        ["none"] = (header, _) => header["alg"] = "none",
        ["no alg"] = (header, _) => header.Remove("alg"),
        ["26 h"] = (_, claims) => claims["exp"] = Stage.Now.AddHours(25.9).ToUnixTimeSeconds(),
        ["expired"] = (_, claims) => claims["exp"] = Stage.Now.AddMinutes(-6).ToUnixTimeSeconds(),
        ["just expired"] = (_, claims) => claims["exp"] = Stage.Now.AddMinutes(-1).ToUnixTimeSeconds(),
        ["early"] = (_, claims) => claims["nbf"] = Stage.Now.AddMinutes(10).ToUnixTimeSeconds(),
    };

    public static TheoryData<string> Names => [.. tokens.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Both_say_the_same(string name)
    {
        StepReport check = Stage.TokenFor(["entra"], tokens[name]);
        (JsonObject header, JsonObject claims) = Stage.GoodToken("entra");
        tokens[name](header, claims);

        IEnumerable<CheckFinding> signIn = await Stage.SignIn(facts => facts, change: wanted => wanted with { Token = new TokenInput { Name = "token.jwt", Text = Stage.Sign(header, claims) } });

        Assert.Equal(check.Findings.Select(Shown).Order(StringComparer.Ordinal), signIn.Select(Shown).Order(StringComparer.Ordinal));
        Assert.Equal(name == "good", check.Findings.Count == 0);
    }

    /// <summary>The command has the values of the options, whatever the token lacks.</summary>
    [Theory]
    [InlineData("no sub")]
    [InlineData("no aud")]
    [InlineData("neither sub nor iat")]
    [InlineData("no kid")]
    public async Task The_fix_has_no_placeholders(string name)
    {
        (JsonObject header, JsonObject claims) = Stage.GoodToken("entra");
        tokens[name](header, claims);

        IEnumerable<CheckFinding> findings = await Stage.SignIn(facts => facts, change: wanted => wanted with { Token = new TokenInput { Name = "token.jwt", Text = Stage.Sign(header, claims) } });

        Assert.All(findings, finding => Assert.DoesNotMatch("[A-Z]{5}", finding.Fix.Replace("api://AzureADTokenExchange", "", StringComparison.Ordinal)));
        Assert.Contains(findings, finding => finding.Fix.Contains(name == "no aud" ? "audience: api://AzureADTokenExchange" : "kubectl create token web --namespace shop --audience api://AzureADTokenExchange", StringComparison.Ordinal));
    }

    private static string Shown(CheckFinding finding) => $"{finding.Severity} {finding.Id}: {finding.Found}";
}
