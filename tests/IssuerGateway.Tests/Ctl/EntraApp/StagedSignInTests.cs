using System.Text.Json;
using System.Text.Json.Nodes;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>
/// Mistakes of the sign-in side as people make them. For each, <see cref="SignInStandIn"/> says how the sign-in ends;
/// <c>trust verify entra-app --token</c> must have predicted it, and must find nothing where the sign-in works.
/// </summary>
public sealed class StagedSignInTests : VerifyFixture
{
    /// <summary>The mistake, and the rule of the finding; null where the user gets in.</summary>
    public static TheoryData<string, string?> Mistakes => new()
    {
        { "none", null },
        { "no-app", "app-missing" },
        { "no-principal", "service-principal-missing" },
        { "disabled", "service-principal-disabled" },
        { "no-credential", "credential-missing" },
        { "credential-slash", "credential-issuer" },
        { "credential-account", "credential-subject" },
        { "credential-letter-case", "credential-subject" },
        { "credential-cloud", "credential-audience" },
        { "credential-beside-another", null },
        { "redirect-slash", "redirect-missing" },
        { "redirect-single-page", "redirect-platform" },
        { "redirect-both", null },
        { "groups-off", "groups-claim-missing" },
        { "groups-of-nobody", "groups-claim-missing" },
        { "groups-of-a-user", "groups-claim-missing" },
        { "nobody-assigned", "assignment-missing" },
        { "only-a-program-assigned", "assignment-missing" },
        { "consent-none", "consent-missing" },
        { "consent-of-another-api", "consent-missing" },
        { "token-two-audiences", "token-audience" },
        { "token-other-cloud", "credential-audience" },
        { "token-es256", "token-algorithm" },
        { "token-typ", "token-type" },
        { "token-typ-JWT", null },
        { "token-no-iat", "token-claim-missing" },
        { "token-26-h", "token-lifetime" },
        { "token-25-h", null },
        { "token-expired", "token-expired" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Verify_predicts_how_the_sign_in_ends(string mistake, string? rule)
    {
        Register();
        (JsonObject header, JsonObject claims) = GoodToken();
        Spoil(mistake, header, claims);
        string? response = new SignInStandIn(Graph, Redirect, header, claims, TimeProvider.System.GetUtcNow()).Response;

        ProgramResult run = await VerifyTokenAsync((first, second) => (Copy(header, first), Copy(claims, second)).ToString(), " -o json");

        Assert.Equal(rule is null, response is null);
        using JsonDocument report = JsonDocument.Parse(run.Output);
        JsonElement[] findings = [.. report.RootElement.GetProperty("findings").EnumerateArray()];
        Assert.Equal(rule is null ? [] : [rule], findings.Select(finding => finding.GetProperty("id").GetString()!).Where(id => id != "groups-claim-overage"));

        // Users may be allowed to consent for themselves, so that this alone is a warning.
        Assert.Equal(rule is null or "consent-missing" ? 0 : 1, run.ExitCode);
        if (response is not null and not SignInStandIn.Rejected)
        {
            Assert.Contains(response, findings[0].GetProperty("responses")[0].GetProperty("response").GetString(), StringComparison.Ordinal);
        }
    }

    private static int Copy(JsonObject from, JsonObject to)
    {
        to.Clear();
        foreach ((string name, JsonNode? value) in from)
        {
            to[name] = value?.DeepClone();
        }

        return to.Count;
    }

    private void Spoil(string mistake, JsonObject header, JsonObject claims)
    {
        JsonObject credential = Graph.Credentials[0];
        JsonObject application = Graph.Application!;
        switch (mistake)
        {
            case "no-app": Graph.RemoveApplication(); break;
            case "no-principal": Graph.HasServicePrincipal = false; break;
            case "disabled": Graph.Principal!["accountEnabled"] = false; break;
            case "no-credential": Graph.Credentials.Clear(); break;
            case "credential-slash": credential["issuer"] = credential["issuer"]!.GetValue<string>() + "/"; break;
            case "credential-account": credential["subject"] = "system:serviceaccount:azure-demo:default"; break;
            case "credential-letter-case": credential["subject"] = "system:serviceaccount:azure-demo:Azure-Demo"; break;
            case "credential-cloud": credential["audiences"] = new JsonArray("api://AzureADTokenExchangeChina"); break;
            case "credential-beside-another": PutCredential("another", "https://other.example.com", Subject); break;
            case "redirect-slash": application["web"] = Redirects(Redirect + "/"); break;
            case "redirect-single-page": (application["web"], application["spa"]) = (Redirects(), Redirects(Redirect)); break;
            case "redirect-both": application["spa"] = Redirects(Redirect); break;
            case "groups-off": application["groupMembershipClaims"] = null; break;
            case "groups-of-nobody": Graph.Assignments.Clear(); break;
            case "groups-of-a-user": Graph.Assignments.Clear(); Assign("user"); break;
            case "nobody-assigned": Graph.Assignments.Clear(); Graph.Principal!["appRoleAssignmentRequired"] = true; break;
            case "only-a-program-assigned": Graph.Assignments.Clear(); Assign("program"); Graph.Principal!["appRoleAssignmentRequired"] = true; break;
            case "consent-none": Graph.Grants.Clear(); break;
            case "consent-of-another-api": Graph.Grants[0]["resourceId"] = "another-api"; break;
            case "token-two-audiences": claims["aud"] = new JsonArray("api://AzureADTokenExchange", "other"); break;
            case "token-other-cloud": claims["aud"] = "api://AzureADTokenExchangeUSGov"; break;
            case "token-es256": header["alg"] = "ES256"; break;
            case "token-typ": header["typ"] = "at+jwt"; break;
            case "token-typ-JWT": header["typ"] = "JWT"; break;
            case "token-no-iat": claims.Remove("iat"); break;
            case "token-26-h": claims["exp"] = claims["iat"]!.GetValue<long>() + (26 * 3600); break;
            case "token-25-h": claims["exp"] = claims["iat"]!.GetValue<long>() + (25 * 3600); break;
            case "token-expired": (claims["iat"], claims["exp"]) = (claims["iat"]!.GetValue<long>() - 7200, claims["exp"]!.GetValue<long>() - 7200); break;
        }
    }

    private static JsonObject Redirects(params string[] addresses) => new() { ["redirectUris"] = new JsonArray([.. addresses.Select(address => JsonValue.Create(address))]) };
}
