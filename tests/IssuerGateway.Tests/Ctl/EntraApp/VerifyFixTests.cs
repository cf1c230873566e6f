using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>The fixes of <c>trust verify entra-app</c>: a command has the real values and cures, and what is no command is not laid out as one.</summary>
public sealed class VerifyFixTests : VerifyFixture
{
    private const string Issuing = "https://oidc.example.com";

    /// <summary>What is wrong, the rule, and what stands behind the options in the command; each is the whole fix but for its beginning.</summary>
    [Theory]
    [InlineData("no-app", "app-missing", "create it: ", "")]
    [InlineData("no-credential", "credential-missing", "create it: ", "")]
    [InlineData("no-role", "app-role-missing", "create it: ", "")]
    [InlineData("no-consent", "consent-missing", "grant it as an administrator: ", " --admin-consent")]
    [InlineData("not-assigned", "assignment-other", "assign it: ", "")]
    public async Task Names_apply_with_the_options_that_were_typed(string mistake, string rule, string start, string end)
    {
        string more = mistake switch { "no-role" => " --app-role Admin", "not-assigned" => " --assign 33333333-2222-3333-4444-555555555555", _ => "" };
        Register();
        switch (mistake)
        {
            case "no-app": Graph.RemoveApplication(); break;
            case "no-credential": Graph.Credentials.Clear(); break;
            case "no-consent": Graph.Grants.Clear(); break;
        }

        string fix = await FixAsync(rule, more);

        Assert.StartsWith($"{start}issuerctl trust apply entra-app --tenant 00000000-0000-0000-0000-000000000000 --app-name oauth2-proxy --host app.example.com --namespace azure-demo ", fix, StringComparison.Ordinal);
        Assert.EndsWith(end.Length > 0 ? end : "", fix, StringComparison.Ordinal);
        Assert.Contains(more, fix, StringComparison.Ordinal);
        Assert.Contains($" --graph-endpoint {Graph.Url}", fix, StringComparison.Ordinal);
        Assert.DoesNotContain(" -o", fix, StringComparison.Ordinal);
        Assert.DoesNotContain("--token ", fix, StringComparison.Ordinal);

        // The command cures: with it, verify finds that no more.
        string line = Regex.Replace(IssuerServer.WithoutPort(fix[(fix.IndexOf("issuerctl ", StringComparison.Ordinal) + 10)..]), " --(resolve|ca) \\S+", "");
        if (mistake != "not-assigned")
        {
            ProgramResult applied = await RunLineAsync(line);
            Assert.True(applied.ExitCode == 0, applied.Error);
            Assert.DoesNotContain($"[{rule}]", (await VerifyAsync(more)).Output, StringComparison.Ordinal);
        }
    }

    /// <summary>Whom to assign only the reader knows, so that it is a sentence.</summary>
    [Fact]
    public async Task Lays_out_no_sentence_as_a_command()
    {
        RegisterRole();
        Assign("default");

        ProgramResult run = await VerifyAsync(" --app-role admin");

        Assert.Contains("assign a user or group to the role: run issuerctl trust apply entra-app and add --assign admin=OBJECT-ID More", OneLine(run.Output), StringComparison.Ordinal);
        Assert.DoesNotContain("\\\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_a_deleted_app_that_holds_the_name()
    {
        Register();
        Graph.RemoveApplication();
        Graph.Deleted.Add(new JsonObject { ["id"] = "aaaa$(x)", ["appId"] = GraphStandIn.AppId, ["uniqueName"] = "oauth2-proxy", ["deletedDateTime"] = "2026-11-20T08:00:00Z" });

        JsonElement finding = await FindingAsync("app-missing");

        Assert.Equal($"no app registration has this name; \"oauth2-proxy\", the unique name of an app deleted at 2026-11-20T08:00:00Z (client id {GraphStandIn.AppId}), holds it: Entra keeps it for 30 days", finding.GetProperty("found").GetString());
        Assert.Equal("delete it for good (az rest --method DELETE --url 'https://graph.microsoft.com/v1.0/directory/deletedItems/aaaa$(x)'), or restore it: az rest --method POST --url 'https://graph.microsoft.com/v1.0/directory/deletedItems/aaaa$(x)/restore'",
            finding.GetProperty("fix").GetString());
    }

    /// <summary>The command replaces the whole list, so that it must have every address exactly, or not be printed.</summary>
    [Theory]
    [InlineData("https://e.example.com/\u00e9", true, false)]
    [InlineData("https://e.example.com/a\u202eb", false, false)]
    [InlineData("https://e.example.com/a\u0007b", false, false)]
    [InlineData("https://e.example.com/a?b=c'd", true, true)]
    public async Task Loses_no_redirect_address_that_is_registered(string registered, bool canBeShown, bool isAscii)
    {
        Register();
        Graph.Application!["web"] = new JsonObject { ["redirectUris"] = new JsonArray(registered) };

        string fix = await FixAsync("redirect-missing");

        string command = $"az ad app update --id {GraphStandIn.AppId} --web-redirect-uris '{registered.Replace("'", "'\\''", StringComparison.Ordinal)}' {Redirect}";
        string sentence = $"add it under Authentication, platform Web, of app {GraphStandIn.AppId}, or let issuerctl add it to the addresses that are registered: issuerctl trust apply entra-app ";
        Assert.True((fix == command && canBeShown) || (fix.StartsWith(sentence, StringComparison.Ordinal) && !isAscii), fix);
    }

    [Fact]
    public async Task Registers_all_addresses_that_are_missing_at_once()
    {
        Register();

        string fix = await FixAsync("redirect-missing", " --redirect-url https://one.example.test/a --redirect-url https://two.example.test/b");

        Assert.EndsWith($"--web-redirect-uris {Redirect} https://one.example.test/a https://two.example.test/b", fix, StringComparison.Ordinal);
    }

    /// <summary>iss of the token, issuer of the credential, rule, exit code, and the fix; ISSUER is that of --issuer.</summary>
    [Theory]
    [InlineData("ISSUER/", "ISSUER/", "token-issuer", 0, "Entra accepts this token, and --issuer is what differs: use --issuer ISSUER/. If that is not what is meant, set --service-account-issuer=ISSUER on every API server, create a new token, and correct the credential")]
    [InlineData("https://other.example.test", "https://other.example.test", "token-issuer", 0, "Entra accepts this token, and --issuer is what differs: use --issuer https://other.example.test. If that is not what is meant, set --service-account-issuer=ISSUER on every API server, create a new token, and correct the credential")]
    [InlineData("ISSUER/", "ISSUER", "credential-issuer", 1, "credential and --issuer agree, and the token differs: set --service-account-issuer=ISSUER on every API server, and create a new token. If ISSUER/ is meant, use --issuer ISSUER/, and correct the credential: az ad app federated-credential update --id APP --federated-credential-id kubernetes --parameters '{\"issuer\":\"ISSUER/\"")]
    [InlineData("ISSUER", "ISSUER/", "credential-issuer", 1, "az ad app federated-credential update --id APP --federated-credential-id kubernetes --parameters '{\"issuer\":\"ISSUER\"")]
    [InlineData("ISSUER ", "ISSUER ", "token-issuer", 1, "--service-account-issuer of the API servers has white space at its end: set --service-account-issuer=ISSUER on every one of them, create a new token, and correct the credential: az ad app federated-credential update --id APP --federated-credential-id kubernetes --parameters '{\"issuer\":\"ISSUER\"")]
    [InlineData("ISSUER ", "ISSUER", "credential-issuer", 1, "--service-account-issuer of the API servers has white space at its end: set --service-account-issuer=ISSUER on every one of them, create a new token")]
    public async Task Names_the_side_that_differs_first(string token, string credential, string rule, int exitCode, string expected)
    {
        Register();
        Graph.Credentials[0]["issuer"] = With(credential);

        (JsonElement finding, int ended) = await FindingWithCodeAsync(rule, (_, claims) => claims["iss"] = With(token));

        Assert.StartsWith(With(expected).Replace("APP", GraphStandIn.AppId, StringComparison.Ordinal), finding.GetProperty("fix").GetString(), StringComparison.Ordinal);
        Assert.Equal(exitCode, ended);
        Assert.Equal(exitCode == 0 ? JsonValueKind.Null : JsonValueKind.String, finding.GetProperty("responses")[0].GetProperty("response").ValueKind);
    }

    /// <summary>Followed, each fix leads to a sign-in that works, and to no second one.</summary>
    [Fact]
    public async Task A_credential_that_was_corrected_to_the_token_is_no_error()
    {
        Register();
        Graph.Credentials[0]["issuer"] = With("ISSUER/");

        ProgramResult run = await VerifyTokenAsync((_, claims) => claims["iss"] = With("ISSUER/"));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.DoesNotContain("AADSTS700211", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("kubectl create token", OneLine(run.Output), StringComparison.Ordinal);
    }

    /// <summary>Followed, the fix adds what is missing and changes the credential of nobody else.</summary>
    [Theory]
    [InlineData("credential-subject", "ISSUER", "system:serviceaccount:azure-demo:api")]
    [InlineData("credential-issuer", "https://prod.example.test", Subject)]
    [InlineData("credential-issuer", "https://token.actions.githubusercontent.com", "repo:o/r:ref:refs/heads/main")]
    public async Task Leaves_the_credential_of_another_alone(string rule, string issuer, string subject)
    {
        Register();
        Graph.Credentials.Clear();
        PutCredential("another", issuer.Replace("ISSUER", Issuing, StringComparison.Ordinal), subject);
        string before = Graph.Credentials[0].ToJsonString();

        string fix = await FixAsync(rule);

        const string start = "create a credential of this workload: issuerctl ";
        Assert.StartsWith(start + "trust apply entra-app ", fix, StringComparison.Ordinal);
        ProgramResult applied = await RunLineAsync(Regex.Replace(IssuerServer.WithoutPort(fix[start.Length..]), " --(resolve|ca) \\S+", ""));
        Assert.True(applied.ExitCode == 0, applied.Error);
        Assert.Equal(before, Graph.Credentials[0].ToJsonString());
        Assert.DoesNotContain("[credential-", (await VerifyAsync()).Output, StringComparison.Ordinal);
    }

    /// <summary>verify and plan of a default name that another workload has.</summary>
    [Fact]
    public async Task Names_a_default_name_that_another_workload_has_as_plan_does()
    {
        const string registration = "--tenant 00000000-0000-0000-0000-000000000000 --app-name oauth2-proxy --host app.example.com --namespace azure-demo --service-account azure-demo";
        Register();
        Graph.Credentials.Clear();
        PutCredential("azure-demo-azure-demo", Issuing, "system:serviceaccount:azure:demo-azure-demo");

        string fix = Finding(await RunAsync("verify", registration, $"{Issuer} -o json"), "credential-subject").GetProperty("fix").GetString()!;

        Assert.Equal("choose another --credential-name: credential \"azure-demo-azure-demo\" is another workload's", fix);
        Assert.Contains("that credential is another workload's: choose another --credential-name", (await RunAsync("plan", registration)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" --gateway https://gateway.example.com", "--gateway", "--issuer")]
    [InlineData(" --kubeconfig /none", "--kubeconfig", "--issuer")]
    [InlineData(" --context c", "--context", "--issuer")]
    [InlineData(" --sign-in az", "--sign-in", "--access-token-file")]
    [InlineData(" --login-endpoint https://login.example.com", "--login-endpoint", "--access-token-file")]
    public async Task Rejects_an_option_without_effect(string more, string option, string before)
    {
        foreach (string verb in (string[])["verify", "plan", "apply", "remove"])
        {
            Assert.Equal(new ProgramResult(2, "", $"error: {option}: has no effect with {before}\nhint: remove {option}, or {before}\n"), await RunAsync(verb, issuer: Issuer + more));
        }

        Assert.Empty(Graph.Requests);
    }

    /// <summary>A response without its list says nothing about what there is.</summary>
    [Theory]
    [InlineData("applications(appId='11111111-2222-3333-4444-555555555555')/federatedIdentityCredentials", "{}")]
    [InlineData("applications(appId='11111111-2222-3333-4444-555555555555')/federatedIdentityCredentials", "{\"value\":null}")]
    [InlineData("servicePrincipals(appId='11111111-2222-3333-4444-555555555555')/appRoleAssignedTo", "{}")]
    [InlineData("servicePrincipals(appId='11111111-2222-3333-4444-555555555555')/oauth2PermissionGrants", "{\"value\":null}")]
    public async Task Takes_no_response_without_a_list_for_an_empty_one(string address, string body)
    {
        Register();
        Graph.Fail($"GET /v1.0/{address}", 200, body);

        ProgramResult run = await VerifyAsync();

        Assert.DoesNotContain("-missing]", run.Output, StringComparison.Ordinal);
        string said = address.EndsWith("Credentials", StringComparison.Ordinal) ? $"GET {address}: Microsoft Graph responded with 200: the body has no list\n"
            : $"– {(address.EndsWith("Grants", StringComparison.Ordinal) ? "consent" : "assignments")}: not checked";
        Assert.Contains(said, run.Error + run.Output, StringComparison.Ordinal);
    }

    private string With(string text) => text.Replace("ISSUER", IssuerServer.WithPort(Issuing), StringComparison.Ordinal);

    private async Task<string> FixAsync(string rule, string more = "") => (await FindingAsync(rule, more)).GetProperty("fix").GetString()!;

    private async Task<JsonElement> FindingAsync(string rule, string more = "") => Finding(await VerifyAsync($"{more} -o json"), rule);

    private async Task<(JsonElement Finding, int ExitCode)> FindingWithCodeAsync(string rule, Action<JsonObject, JsonObject> spoil)
    {
        ProgramResult run = await VerifyTokenAsync(spoil, " -o json");
        return (Finding(run with { Output = IssuerServer.WithPort(run.Output) }, rule), run.ExitCode);
    }

    private JsonElement Finding(ProgramResult run, string rule)
    {
        using JsonDocument report = JsonDocument.Parse(IssuerServer.WithPort(IssuerServer.WithoutPort(run.Output)));
        return report.RootElement.GetProperty("findings").EnumerateArray().First(finding => finding.GetProperty("id").GetString() == rule).Clone();
    }
}
