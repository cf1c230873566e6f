using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IssuerGateway.Tests.Ctl.EntraApp;

namespace IssuerGateway.Tests.Ctl.Parties.Registering;

/// <summary><c>issuerctl trust plan|apply|remove entra-identity</c> against a stand-in of Azure Resource Manager and a real issuer.</summary>
public sealed class IdentityRegistrationTests : IAsyncLifetime
{
    private const string Identity = $"/subscriptions/{Samples.Guid}/resourceGroups/shop-rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shop";
    private const string Credential = Identity + "/federatedIdentityCredentials/apps-shop?api-version=2024-11-30";
    private const string Concurrent = """{"error":{"code":"ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity","message":"one at a time"}}""";

    private readonly string tokenFile = Path.GetTempFileName();
    private readonly string caFile = Path.GetTempFileName();
    private readonly List<JsonObject> credentials = [];
    private readonly ApiStandIn arm;
    private IssuerStandIn issuer = null!;
    private bool exists = true;
    private Dictionary<string, string> pages = [];

    public IdentityRegistrationTests()
    {
        File.WriteAllText(tokenFile, "eyJ.access-token\n");
        arm = new ApiStandIn(Respond);
    }

    public async ValueTask InitializeAsync()
    {
        issuer = await IssuerStandIn.StartAsync();
        File.WriteAllText(caFile, issuer.CertificatePem);
    }

    public async ValueTask DisposeAsync()
    {
        arm.Dispose();
        await issuer.DisposeAsync();
        File.Delete(tokenFile);
        File.Delete(caFile);
    }

    private string Issuer => $"{IssuerStandIn.Identifier}:{issuer.Port}";

    [Fact]
    public async Task Applies_once_body_by_body_and_changes_nothing_the_second_time()
    {
        (int exitCode, string output, string error) = await RunAsync("apply");

        Assert.True(exitCode == 0, error);
        Assert.Equal([$$$"""PUT {{{Credential}}} {"properties":{"issuer":"{{{Issuer}}}","subject":"system:serviceaccount:apps:shop","audiences":["api://AzureADTokenExchange"]}}"""], arm.Writes);
        Assert.Contains($"= managed identity shop (client id {Samples.Guid})\n+ federated credential apps-shop: system:serviceaccount:apps:shop of {Issuer} for api://AzureADTokenExchange\n", output, StringComparison.Ordinal);
        arm.Log.Clear();

        (exitCode, output, _) = await RunAsync("apply");

        Assert.Equal(0, exitCode);
        Assert.Contains("nothing to change\n", output, StringComparison.Ordinal);
        Assert.Empty(arm.Writes);
    }

    [Fact]
    public async Task Plan_writes_nothing_and_shows_a_change()
    {
        Has("apps-shop", "https://old.example.com", "system:serviceaccount:apps:shop");

        (int exitCode, string output, _) = await RunAsync("plan");

        Assert.Equal(0, exitCode);
        Assert.Contains("~ federated credential apps-shop: system:serviceaccount:apps:shop of https://old.example.com -> system:serviceaccount:apps:shop of ", output, StringComparison.Ordinal);
        Assert.Empty(arm.Writes);
    }

    [Fact]
    public async Task One_write_at_a_time_and_throttling_are_waited_for()
    {
        foreach ((int, string) response in (IEnumerable<(int, string)>)[Read(Identity), (200, """{"value":[]}"""), (429, "{}"), (409, Concurrent)])
        {
            arm.Instead.Enqueue(response);
        }

        (int exitCode, _, string error) = await RunAsync("apply");

        Assert.True(exitCode == 0, error);
        Assert.Equal(3, arm.Writes.Count());
        Assert.Single(credentials);
    }

    [Fact]
    public async Task A_conflict_of_another_kind_is_not_repeated()
    {
        foreach ((int, string) response in (IEnumerable<(int, string)>)[Read(Identity), (200, """{"value":[]}"""), (409, """{"error":{"code":"Conflict","message":"other"}}""")])
        {
            arm.Instead.Enqueue(response);
        }

        (int exitCode, _, string error) = await RunAsync("apply");

        Assert.Equal(3, exitCode);
        Assert.Contains("error: Azure: Conflict: other", error, StringComparison.Ordinal);
        Assert.Single(arm.Writes);
    }

    [Fact]
    public async Task A_21st_credential_is_rejected()
    {
        for (int i = 0; i < 20; i++)
        {
            Has($"c{i}", $"https://oidc.example.com/{i}", "system:serviceaccount:apps:shop");
        }

        (int exitCode, _, string error) = await RunAsync("apply");

        Assert.Equal(2, exitCode);
        Assert.Contains("nothing was written: --identity: the identity has 20 federated credentials, and Azure takes 20 (Azure federated credentials)", error, StringComparison.Ordinal);
        Assert.Empty(arm.Writes);
    }

    // A default name is not unique: a-b of c has that of a of b-c.
    [Fact]
    public async Task A_credential_of_another_workload_with_the_same_default_name_is_left_alone()
    {
        Has("apps-shop", Issuer, "system:serviceaccount:other:workload");

        (int exitCode, _, string error) = await RunAsync("apply");

        Assert.Equal(2, exitCode);
        Assert.Contains("nothing was written: --credential-name: credential apps-shop, the default name, is for system:serviceaccount:other:workload, another workload", error, StringComparison.Ordinal);
        Assert.Contains("hint: choose another --credential-name", error, StringComparison.Ordinal);
        Assert.Empty(arm.Writes);
    }

    [Fact]
    public async Task The_same_issuer_and_subject_under_another_name_is_rejected()
    {
        Has("other", Issuer, "system:serviceaccount:apps:shop");

        (int exitCode, _, string error) = await RunAsync("apply");

        Assert.Equal(2, exitCode);
        Assert.Contains("credential other has this issuer and subject already", error, StringComparison.Ordinal);
        Assert.Contains("hint: add --credential-name other", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_that_is_not_there_is_named_with_the_command_that_makes_it()
    {
        exists = false;

        (int exitCode, _, string error) = await RunAsync("apply");

        Assert.Equal(2, exitCode);
        Assert.Contains($"hint: az identity create --name shop --resource-group shop-rg --subscription {Samples.Guid}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issuer_that_fails_the_check_is_rejected_before_Azure_is_queried()
    {
        issuer.Responses["/openid/v1/jwks"] = (500, "");

        (int exitCode, _, string error) = await RunAsync("apply");

        Assert.Equal(2, exitCode);
        Assert.Contains("error: nothing was written: --issuer: ", error, StringComparison.Ordinal);
        Assert.Empty(arm.Log);
    }

    [Theory]
    [InlineData(401, """{"error":{"code":"ExpiredAuthenticationToken","message":"m"}}""", "sign in again (az login --tenant TENANT), or renew --")]
    [InlineData(403, """{"error":{"code":"AuthorizationFailed","message":"m"}}""", "Managed Identity Contributor")]
    [InlineData(403, """{"error":{"code":"RequestDisallowedByPolicy","message":"m"}}""", "a policy of Azure forbids it")]
    public async Task What_Azure_says_is_shown_and_explained(int status, string body, string hint)
    {
        arm.Instead.Enqueue((status, body));

        (int exitCode, _, string error) = await RunAsync("plan");

        Assert.Equal(3, exitCode);
        Assert.Contains("error: Azure: ", error, StringComparison.Ordinal);
        Assert.Contains(hint, error, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removes_the_credential_that_is_ours_and_nothing_else()
    {
        Has("other", "https://other.example.com", "system:serviceaccount:a:b");
        Has("apps-shop", Issuer, "system:serviceaccount:apps:shop");

        Assert.Equal(0, (await RunAsync("remove", "--yes")).ExitCode);
        Assert.Equal([$"DELETE {Credential}"], arm.Writes);
        Assert.Equal(["other"], credentials.Select(each => (string)each["name"]!));
        Assert.Equal(0, (await RunAsync("remove", "--yes")).ExitCode);
        Has("apps-shop", "https://another.example.com", "system:serviceaccount:apps:shop");
        Assert.Equal(2, (await RunAsync("remove", "--yes")).ExitCode);
        Assert.Single(arm.Writes);
    }

    [Fact]
    public async Task Verifies_what_apply_made_and_writes_nothing()
    {
        _ = await RunAsync("apply");
        arm.Log.Clear();

        (int exitCode, string output, string error) = await RunAsync("verify");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("✓ managed identity shop fits, as far as Azure Resource Manager shows it\n", output, StringComparison.Ordinal);
        Assert.Empty(arm.Writes);
    }

    [Theory]
    [InlineData("none", "credential-missing", "the identity has no federated credential")]
    [InlineData("slash", "credential-issuer", "(trailing slash differs)")]
    [InlineData("subject", "credential-subject", "(only the letter case differs)")]
    [InlineData("audience", "credential-audience", "is \"other\"; the token has \"api://AzureADTokenExchange\"")]
    [InlineData("missing", "identity-missing", "there is no managed identity shop in resource group shop-rg")]
    public async Task Verify_names_the_mistake(string mistake, string id, string sentence)
    {
        if (mistake != "none")
        {
            Has("apps-shop", mistake == "slash" ? Issuer + "/" : Issuer, $"system:serviceaccount:apps:{(mistake == "subject" ? "Shop" : "shop")}");
        }

        if (mistake == "audience")
        {
            credentials[0]["properties"]!["audiences"] = new JsonArray("other");
        }

        exists = mistake != "missing";

        (int exitCode, string output, string error) = await RunAsync("verify");

        Assert.Equal((1, ""), (exitCode, error));
        Assert.Contains($"[{id}]", output, StringComparison.Ordinal);
        Assert.Contains(sentence, output, StringComparison.Ordinal);
        Assert.Single(output.Split('\n'), line => line.StartsWith('✗') && line.EndsWith(']'));
    }

    [Theory] // pages of a list, one after the other at the same endpoint
    [InlineData("own", 2, "credential other has this issuer and subject already")]
    [InlineData("loop", 3, "with a body that is not Azure Resource Manager's")]
    [InlineData("foreign", 3, "with a body that is not Azure Resource Manager's")]
    public async Task Every_page_of_credentials_is_read_and_none_elsewhere(string next, int expected, string sentence)
    {
        using ApiStandIn foreign = new((_, _) => (200, """{"value":[]}"""));
        string path = $"{Identity}/federatedIdentityCredentials?api-version=2024-11-30";
        string link = next switch { "own" => $"{arm.Url}{Identity}/federatedIdentityCredentials?page=2", "loop" => arm.Url + path, _ => $"{foreign.Url}{path}" };
        pages = new() { [path] = new JsonObject { ["value"] = new JsonArray(), ["nextLink"] = link }.ToJsonString() };
        Has("other", Issuer, "system:serviceaccount:apps:shop");

        (int exitCode, _, string error) = await RunAsync("apply");

        Assert.Equal(expected, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Empty(arm.Writes);
        Assert.Empty(foreign.Log);
    }

    [Theory] // what is not Azure's proves nothing about what is there
    [InlineData(200, "<html>sign in</html>", "--arm-endpoint")]
    [InlineData(200, """{"properties":{},"properties":{}}""", "--arm-endpoint")]
    [InlineData(200, "[]", "--arm-endpoint")]
    [InlineData(404, "<html>", "--arm-endpoint")]
    [InlineData(403, "<html>", "--arm-endpoint")]
    [InlineData(307, "", "redirects are not followed, because the token would travel with them")]
    [InlineData(500, "<html>", "run it again later")]
    public async Task What_is_not_Azures_ends_the_command(int status, string body, string hint)
    {
        foreach (string verb in (string[])["plan", "apply", "remove", "verify"])
        {
            arm.Instead.Enqueue((status, body));

            (int exitCode, string output, string error) = await RunAsync(verb, verb == "remove" ? ["--yes"] : []);

            Assert.Equal((3, ""), (exitCode, output));
            Assert.Contains($": status {status}", error, StringComparison.Ordinal);
            Assert.Contains(hint, error, StringComparison.Ordinal);
        }

        Assert.Empty(arm.Writes);
    }

    [Theory]
    [InlineData(401, 3)]
    [InlineData(404, 2)]
    public async Task A_token_that_Azure_repeats_in_its_error_is_not_shown(int status, int expected)
    {
        arm.Instead.Enqueue((status, """{"error":{"code":"InvalidAuthenticationToken","message":"bad eyJ.access-token"}}"""));

        (int exitCode, string output, string error) = await RunAsync("plan");

        Assert.Equal(expected, exitCode);
        Assert.Contains("InvalidAuthenticationToken: bad (credential)\n", error, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ.access-token", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resource_group_that_is_not_there_is_not_called_an_identity()
    {
        arm.Instead.Enqueue((404, """{"error":{"code":"ResourceGroupNotFound","message":"Resource group 'shop-rg' could not be found."}}"""));

        (int exitCode, _, string error) = await RunAsync("plan");

        Assert.Equal(2, exitCode);
        Assert.Contains("error: nothing was written: --subscription, --resource-group: Azure: ResourceGroupNotFound: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_in_other_letter_case_is_the_same_credential()
    {
        Has("Apps-Shop", Issuer, "system:serviceaccount:apps:shop");

        (int exitCode, string output, _) = await RunAsync("plan");

        Assert.Equal(0, exitCode);
        Assert.Contains("nothing to change\n", output, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(string verb, params string[] more)
    {
        string entry = $"oidc.example.com:{issuer.Port}:127.0.0.1";
        (int exitCode, string output, string error) = await Samples.RunAsync(
        [
            "trust", verb, "entra-identity", .. Samples.With("entra-identity", "--issuer", Issuer), "--access-token-file", tokenFile, "--arm-endpoint", arm.Url, "--resolve", entry, "--ca", caFile, .. more,
        ]);

        // Each verb is given the way to the issuer, and some need none.
        return (exitCode, output, Regex.Replace(error, $"warning: (?:--resolve {Regex.Escape(entry)}|--ca \\S+) had no effect: [^\n]*\nhint: [^\n]*\n", ""));
    }

    private void Has(string name, string from, string subject) => credentials.Add(JsonNode.Parse($$$"""{"name":"{{{name}}}","properties":{"issuer":"{{{from}}}","subject":"{{{subject}}}","audiences":["api://AzureADTokenExchange"]}}""")!.AsObject());

    private static (int Status, string Body) Read(string _) => (200, $$$"""{"properties":{"clientId":"{{{Samples.Guid}}}"}}""");

    private (int Status, string Body) Respond(HttpListenerRequest request, string body)
    {
        string path = request.Url!.PathAndQuery;
        JsonObject? own = credentials.FirstOrDefault(each => (string?)each["name"] == "apps-shop");
        if (request.Headers["Authorization"] != "Bearer eyJ.access-token" || !exists || !path.StartsWith(Identity, StringComparison.Ordinal))
        {
            return exists ? (401, """{"error":{"code":"InvalidAuthenticationToken","message":"m"}}""") : (404, """{"error":{"code":"ResourceNotFound","message":"m"}}""");
        }

        if (pages.TryGetValue(path, out string? page))
        {
            return (200, page);
        }

        switch (request.HttpMethod, path == Credential)
        {
            case ("GET", true):
                return own is null ? (404, """{"error":{"code":"ResourceNotFound","message":"m"}}""") : (200, own.ToJsonString());
            case ("PUT", true):
                JsonObject written = JsonNode.Parse(body)!.AsObject();
                written["name"] = "apps-shop";
                credentials.Remove(own!);
                credentials.Add(written);
                return (own is null ? 201 : 200, written.ToJsonString());
            case ("DELETE", true):
                credentials.Remove(own!);
                return (200, "");
            case ("GET", false) when path.Contains("/federatedIdentityCredentials?", StringComparison.Ordinal):
                return (200, new JsonObject { ["value"] = new JsonArray([.. credentials.Select(each => each.DeepClone())]) }.ToJsonString());
            default:
                return Read(path);
        }
    }
}
