using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>One token, and what each party responds to it as its documentation, its source or recorded calls have it: type, several audiences, clock.</summary>
public sealed class PartyJudgmentTests
{
    private const string AwsInvalid = "InvalidIdentityToken: The web identity token provided could not be validated";
    private const string EntraTime = "AADSTS700024: Client assertion is not within its valid time range";
    private const string GoExpired = "token is expired";

    /// <summary>What a party says that rejects, or might ("?"); empty for a token that it accepts, "-" where nobody has recorded it.</summary>
    [Theory]
    [InlineData("entra", "at+jwt", "AADSTS5002727: the typ of the token is wrong")]
    [InlineData("entra", "jwt", "AADSTS5002727: the typ of the token is wrong")]
    [InlineData("entra", "JWT", "")]
    [InlineData("aws", "at+jwt", "")]
    [InlineData("vault", "at+jwt", "")]
    [InlineData("openbao", "at+jwt", "")]
    [InlineData("kubernetes", "at+jwt", "")]
    public void Reads_typ_or_does_not(string party, string type, string response) => Assert.Equal(response, Response(party, (header, _) => header["typ"] = type));

    [Theory]
    [InlineData("entra", null, null, "AADSTS700212: No matching federated identity record found for presented assertion audience")]
    [InlineData("aws", null, null, AwsInvalid)]
    [InlineData("aws", null, "sts.amazonaws.com", "")]
    [InlineData("aws", null, "other", AwsInvalid)]
    [InlineData("google", null, null, "")]
    [InlineData("vault", "vault", null, "")]
    [InlineData("openbao", "vault", null, "")]
    [InlineData("kubernetes", "vault", null, "")]
    [InlineData("vault", "third", null, "audience claim does not match any expected audience")]
    [InlineData("openbao", "third", null, "audience claim does not match any expected audience")]
    [InlineData("kubernetes", "third", null, "401; API server log: expected audience in ... got ...")]
    [InlineData("keycloak", "vault", null, "-")]
    public void Accepts_several_audiences_or_does_not(string party, string? stated, string? authorizedParty, string response) => Assert.Equal(response, Response(party, (_, claims) =>
    {
        claims["aud"]!.AsArray().Add("other");
        if (authorizedParty is not null)
        {
            claims["azp"] = authorizedParty;
        }
    }, stated));

    [Theory]
    [InlineData("aws", 4, "")]
    [InlineData("aws", 6, "ExpiredTokenException: Token expired: current date/time ... must be before ...")]
    [InlineData("google", 4, "?invalid_grant: ID Token issued at ... is stale to sign-in.")]
    [InlineData("google", 6, "invalid_grant: ID Token issued at ... is stale to sign-in.")]
    [InlineData("entra", 4, "?" + EntraTime)]
    [InlineData("entra", 6, EntraTime)]
    [InlineData("vault", 0.9, "")]
    [InlineData("vault", 1.1, GoExpired)]
    [InlineData("openbao", 0.9, "")]
    [InlineData("openbao", 1.1, GoExpired)]
    [InlineData("kubernetes", 0.1, "401; API server log: token is expired (Token Expiry: ...)")]
    [InlineData("keycloak", 0.1, "-")]
    public void Has_a_skew_at_the_end(string party, double minutesAgo, string response) => Assert.Equal(response, Response(party, (_, claims) => claims["exp"] = Stage.Now.AddMinutes(-minutesAgo).ToUnixTimeSeconds()));

    [Theory]
    [InlineData("aws", 4, "")]
    [InlineData("aws", 6, "InvalidIdentityToken: Token issued in the future; Token not yet valid")]
    [InlineData("vault", 0.9, "")]
    [InlineData("vault", 1.1, "-")]
    [InlineData("kubernetes", 0.9, "")]
    [InlineData("kubernetes", 1.1, "-")]
    [InlineData("keycloak", 0.1, "-")]
    [InlineData("entra", 4, "?" + EntraTime)]
    [InlineData("entra", 6, EntraTime)]
    public void Has_a_skew_at_the_beginning(string party, double minutes, string response) => Assert.Equal(response, Response(party, (_, claims) => claims["nbf"] = Stage.Now.AddMinutes(minutes).ToUnixTimeSeconds()));

    [Theory]
    [InlineData("aws", 4, "")]
    [InlineData("aws", 6, "InvalidIdentityToken: Token issued in the future; Token not yet valid")]
    [InlineData("google", 0.5, "?")]
    [InlineData("google", 4.5, "?")]
    [InlineData("google", 6, "-")]
    [InlineData("entra", 11, "?" + EntraTime)]
    [InlineData("vault", 0.9, "")]
    [InlineData("vault", 1.1, "-")]
    [InlineData("kubernetes", 600, "")]
    [InlineData("generic", 600, "")]
    public void Reads_iat_or_does_not(string party, double minutes, string response) => Assert.Equal(response, Response(party, (_, claims) =>
    {
        claims["iat"] = Stage.Now.AddMinutes(minutes).ToUnixTimeSeconds();
        claims["exp"] = Stage.Now.AddMinutes(minutes + 50).ToUnixTimeSeconds();
        claims.Remove("nbf");
    }));

    /// <summary>That a token is rejected is one thing, in which words another: only the first makes the verdict.</summary>
    [Theory]
    [InlineData("kubernetes", "legacy", Verdict.Rejects, null)]
    [InlineData("aws", "legacy", Verdict.Rejects, null)]
    [InlineData("google", "legacy", Verdict.Rejects, null)]
    [InlineData("anthropic", "legacy", Verdict.Rejects, null)]
    [InlineData("keycloak", "legacy", Verdict.Rejects, null)]
    [InlineData("google", "audience", Verdict.Rejects, "    Response   The audience in ID Token [..] does not match the expected audience (wording unconfirmed)")]
    [InlineData("google", "signature", Verdict.Rejects, "    Response   Unable to verify the ID Token signature. (wording unconfirmed)")]
    [InlineData("databricks", "signature", Verdict.Rejects, "    Response   not recorded")]
    [InlineData("databricks", "algorithm", Verdict.Rejects, "    Response   not recorded")]
    [InlineData("keycloak", "expired", Verdict.Rejects, "    Response   not recorded")]
    [InlineData("openai", "algorithm", Verdict.MightReject, "    Response   not recorded")]
    [InlineData("entra", "crit", Verdict.MightReject, "    Response   not recorded")]
    public void Is_certain_of_a_rejection_apart_from_its_wording(string party, string mistake, Verdict verdict, string? response)
    {
        StepReport step = Stage.TokenFor([party], (header, claims) =>
        {
            switch (mistake)
            {
                case "legacy": claims["iss"] = "kubernetes/serviceaccount"; break;
                case "audience": claims["aud"] = "other"; break;
                case "algorithm": header["alg"] = "HS256"; break;
                case "expired": claims["exp"] = Stage.Now.AddMinutes(-1).ToUnixTimeSeconds(); break;
                case "crit": header["crit"] = new JsonArray("exp"); break;
            }
        }, alter: mistake == "signature");
        CheckReport report = new() { Issuer = Stage.Issuer, Parties = [RelyingParty.Find(party)!], Steps = [step], At = Stage.Now };

        Assert.Equal(verdict, report.VerdictOf(report.Parties[0]));
        if (response is not null)
        {
            string text = string.Join('\n', new IssuerGateway.Checking.Reports.TextReport(report, isQuiet: false, "here").Lines()).Replace("\n               ", " ", StringComparison.Ordinal);
            Assert.Contains(response, text, StringComparison.Ordinal);
        }
    }

    private static string Response(string party, Action<JsonObject, JsonObject> spoil, string? audience = null)
    {
        PartyRule[] entries = [.. Stage.TokenFor([party], spoil, audience).Findings.SelectMany(finding => finding.Responses)];
        return entries.Length == 0 ? "" : $"{(entries.All(entry => entry.Severity == Severity.Warning || entry is { Response: not null, Evidence: Evidence.Unconfirmed }) ? "?" : "")}{Assert.Single(entries).Response ?? (entries[0].Severity == Severity.Warning ? "" : "-")}";
    }
}
