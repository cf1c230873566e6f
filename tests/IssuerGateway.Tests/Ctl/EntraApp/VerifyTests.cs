using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IssuerGateway.Tests.Cli;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary><c>trust verify entra-app</c>: mistakes of the sign-in side, each with the response of Entra or of the proxy.</summary>
public sealed class VerifyTests : VerifyFixture
{
    /// <summary>What is changed in a good registration, the rule that names it, the response, and whether it is an error.</summary>
    public static TheoryData<string, string, string, bool> Mistakes => new()
    {
        { "no-app", "app-missing", "AADSTS700016", true },
        { "no-principal", "service-principal-missing", "AADSTS700016", true },
        { "disabled", "service-principal-disabled", "not recorded", true },
        { "no-credential", "credential-missing", "AADSTS70025", true },
        { "credential-slash", "credential-issuer", "AADSTS700211", true },
        { "credential-case", "credential-issuer", "AADSTS700211", true },
        { "credential-subject", "credential-subject", "AADSTS700213", true },
        { "credential-audience", "credential-audience", "AADSTS700212", true },
        { "redirect-other", "redirect-missing", "AADSTS50011", true },
        { "redirect-spa", "redirect-platform", "AADSTS9002327", true },
        { "no-groups", "groups-claim-missing", "403 of the proxy", true },
        { "groups-of-nobody", "groups-claim-missing", "403 of the proxy", true },
        { "groups-of-a-user", "groups-claim-missing", "403 of the proxy", true },
        { "no-consent", "consent-missing", "Need admin approval", false },
        { "consent-elsewhere", "consent-missing", "Need admin approval", false },
        { "nobody-assigned", "assignment-missing", "AADSTS50105", true },
        { "many-tenants", "tenant-multiple", "", false },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Names_the_mistake_with_the_response(string mistake, string rule, string response, bool isError)
    {
        Register();
        Spoil(mistake);

        ProgramResult run = await VerifyAsync();

        Assert.Equal((isError ? 1 : 0, ""), (run.ExitCode, run.Error));
        string[] lines = run.Output.Split('\n');
        int at = Array.FindIndex(lines, line => line.EndsWith($"[{rule}]", StringComparison.Ordinal));
        Assert.True(at >= 0, run.Output);
        Assert.Contains(response, run.Output, StringComparison.Ordinal);
        Assert.StartsWith(isError ? "✗ Sign-in through oauth2-proxy" : "✓ Sign-in through oauth2-proxy", lines[0], StringComparison.Ordinal);
        Assert.Equal(1, lines.Count(line => line.Contains(']') && line.Contains(" [", StringComparison.Ordinal) && line.Trim().EndsWith(']')));
        Assert.Empty(Writes);
    }

    /// <summary>verify compares with what Graph returns, and connects to no issuer; apply checks the issuer first.</summary>
    [Theory]
    [InlineData("verify")]
    [InlineData("apply")]
    public async Task Names_an_address_of_the_issuer_that_had_no_effect(string verb)
    {
        Register();

        ProgramResult run = await RunAsync(verb, issuer: $"{Issuer} --resolve other.example.com:443:127.0.0.1");

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("warning: --resolve other.example.com:443:127.0.0.1 had no effect: this command connected to no such host and port (the issuer is on oidc.example.com", run.Error, StringComparison.Ordinal);
        Assert.Contains(")\nhint: correct the host and port, or leave the option out\n", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Assigned as, page size, rule, exit code: a role lets in whoever is assigned to it, on whatever page that is.</summary>
    [Theory]
    [InlineData("", 999, "assignment-missing", 1)]
    [InlineData("default", 999, "app-role-unassigned", 1)]
    [InlineData("role", 999, null, 0)]
    [InlineData("other", 999, "app-role-unassigned", 1)]
    [InlineData("program", 999, "assignment-missing", 1)]
    [InlineData("default default other default role", 2, null, 0)]
    [InlineData("default default other default other", 2, "app-role-unassigned", 1)]
    public async Task Looks_for_somebody_who_has_the_role(string assigned, int pageSize, string? rule, int exitCode)
    {
        RegisterRole();
        Graph.PageSize = pageSize;
        foreach (string each in assigned.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Assign(each);
        }

        ProgramResult run = await VerifyAsync(" --app-role admin --assignment-required");

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Error));
        Assert.Contains(rule is null ? "would" : $"[{rule}]", run.Output, StringComparison.Ordinal);
        Assert.Equal(rule is null ? 0 : 1, run.Output.Split('\n').Count(line => line.EndsWith(']')));
    }

    [Theory]
    [InlineData("disabled", "app-role-disabled")]
    [InlineData("members", "app-role-members")]
    [InlineData("none", "app-role-missing")]
    [InlineData("case", "app-role-missing")]
    public async Task Names_a_role_that_reaches_nobody(string mistake, string rule)
    {
        JsonObject role = RegisterRole();
        Assign("role");
        switch (mistake)
        {
            case "disabled": role["isEnabled"] = false; break;
            case "members": role["allowedMemberTypes"] = new JsonArray("Application"); break;
            case "none": Graph.Application!["appRoles"] = new JsonArray(); break;
            case "case": role["value"] = "Admin"; break;
        }

        ProgramResult run = await VerifyAsync(" --app-role admin");

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains($"[{rule}]", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("403")]
    [InlineData("elsewhere")]
    [InlineData("endless")]
    public async Task Says_that_it_has_not_read_the_assignments(string cause)
    {
        RegisterRole();
        Graph.PageSize = 1;
        Graph.AssignmentsGoOn = true;
        Assign("default");
        switch (cause)
        {
            case "403": Graph.Fail($"GET /v1.0/servicePrincipals(appId='{GraphStandIn.AppId}')/appRoleAssignedTo", 403, GraphStandIn.Error("Authorization_RequestDenied", "x")); break;
            case "elsewhere": Graph.AssignmentsNextLink = "https://graph.example.invalid/next"; break;
        }

        ProgramResult run = await VerifyAsync(" --app-role admin");

        Assert.DoesNotContain("would work", run.Output.Replace("\n  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("– assignments: not checked", run.Output, StringComparison.Ordinal);
        Assert.Equal(3, run.ExitCode);
    }

    /// <summary>Whether anybody is assigned decides, so that without it there is no verdict; where an error is known anyway, that is one.</summary>
    [Theory]
    [InlineData("required", 3)]
    [InlineData("groups", 3)]
    [InlineData("optional", 0)]
    [InlineData("error", 1)]
    public async Task Has_no_verdict_without_the_assignments_that_decide(string circumstances, int exitCode)
    {
        Register();
        Graph.Application!["groupMembershipClaims"] = circumstances == "groups" ? "ApplicationGroup" : "SecurityGroup";
        Graph.Principal!["appRoleAssignmentRequired"] = circumstances is "required" or "error";
        if (circumstances == "error")
        {
            Spoil("redirect-other");
        }

        Graph.Fail($"GET /v1.0/servicePrincipals(appId='{GraphStandIn.AppId}')/appRoleAssignedTo", 403, GraphStandIn.Error("Authorization_RequestDenied", "x"), times: 2);

        Assert.Equal(exitCode, (await VerifyAsync()).ExitCode);
        ProgramResult run = await VerifyAsync(" -o json");
        using JsonDocument report = JsonDocument.Parse(run.Output);
        Assert.Equal((exitCode, false, circumstances == "optional" ? 0 : 1), (run.ExitCode, report.RootElement.GetProperty("ok").GetBoolean(), report.RootElement.GetProperty("notChecked").GetArrayLength()));
    }

    [Fact]
    public async Task Says_that_it_does_not_know_whose_consent_it_is()
    {
        Register();
        Graph.Fail("GET /v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')", 403, GraphStandIn.Error("Authorization_RequestDenied", "x"));

        ProgramResult run = await VerifyAsync();

        Assert.Contains("– consent: not checked", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("[consent-missing]", run.Output, StringComparison.Ordinal);
    }

    /// <summary>A response that Graph does not document is named, and is no fault of this program.</summary>
    [Theory]
    [InlineData("credentials")]
    [InlineData("redirects")]
    [InlineData("platform")]
    [InlineData("roles")]
    [InlineData("members")]
    [InlineData("audiences")]
    [InlineData("assignments")]
    [InlineData("grants")]
    public async Task Names_a_list_with_nothing_in_an_entry(string list)
    {
        Register();
        switch (list)
        {
            case "credentials": Graph.Credentials.Add(null!); break;
            case "redirects": Graph.Application!["web"] = new JsonObject { ["redirectUris"] = new JsonArray(null, Redirect) }; break;
            case "platform": Graph.Application!["spa"] = new JsonObject { ["redirectUris"] = new JsonArray([null]) }; break;
            case "roles": Graph.Application!["appRoles"] = new JsonArray([null]); break;
            case "members": Graph.Application!["appRoles"] = new JsonArray(new JsonObject { ["id"] = RoleId, ["value"] = "admin", ["allowedMemberTypes"] = null }); break;
            case "audiences": Graph.Credentials[0]["audiences"] = new JsonArray([null]); break;
            case "assignments": Graph.Assignments.Add(null!); break;
            case "grants": Graph.Grants.Add(null!); break;
        }

        ProgramResult run = await VerifyAsync(" --app-role admin");

        if (list is "assignments" or "grants")
        {
            Assert.Contains($"– {(list == "grants" ? "consent" : list)}: not checked", run.Output, StringComparison.Ordinal);
            return;
        }

        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Contains("Microsoft Graph responded with 200: the body is not what Graph documents\nhint: ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("report this", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_nothing_wrong_with_a_good_registration()
    {
        Register();

        ProgramResult run = await VerifyAsync();

        Assert.Equal(new ProgramResult(0, $"✓ Sign-in through oauth2-proxy ({GraphStandIn.AppId}) would\n  work, as far as Microsoft Graph shows it\n", ""), run);
    }

    [Fact]
    public async Task Names_a_file_that_is_no_token()
    {
        string token = Path.Combine(Folder.FullName, "token");
        await File.WriteAllTextAsync(token, "Bearer abc");

        ProgramResult run = await VerifyAsync($" --token {token}");

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("the token is preceded by \"Bearer\"", run.Error, StringComparison.Ordinal);
        Assert.Empty(Graph.Requests);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task JSON_keeps_to_its_schema(string mistake, string rule, string response, bool isError)
    {
        Register();
        Spoil(mistake);
        using JsonDocument schema = JsonDocument.Parse(await File.ReadAllTextAsync(Repository.File("docs/reference/verify-entra-app.schema.json")));

        ProgramResult run = await VerifyAsync(" --output json");

        using JsonDocument report = JsonDocument.Parse(run.Output);
        Assert.Empty(SchemaCheck.Violations(schema.RootElement, report.RootElement, "$"));
        Assert.Equal((isError ? 1 : 0, isError ? 1 : 0, false), (run.ExitCode, report.RootElement.GetProperty("errors").GetInt32(), report.RootElement.GetProperty("ok").GetBoolean()));
        JsonElement finding = Assert.Single(report.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal(rule, finding.GetProperty("id").GetString());
        string reported = finding.GetProperty("responses")[0].GetProperty("response").GetString() ?? "not recorded";
        Assert.Contains(response, reported, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_of_a_good_registration_is_ok_and_of_an_unreadable_one_is_not()
    {
        Register();
        Assert.True(JsonDocument.Parse((await VerifyAsync(" --output json")).Output).RootElement.GetProperty("ok").GetBoolean());

        Graph.Fail($"GET /v1.0/servicePrincipals(appId='{GraphStandIn.AppId}')/oauth2PermissionGrants", 403, GraphStandIn.Error("Authorization_RequestDenied", "x"));
        JsonElement report = JsonDocument.Parse((await VerifyAsync(" -o json")).Output).RootElement;
        Assert.Equal((false, "consent"), (report.GetProperty("ok").GetBoolean(), report.GetProperty("notChecked")[0].GetString()));
    }

    [Fact]
    public async Task Names_another_form_of_output()
    {
        ProgramResult run = await VerifyAsync(" --output yaml");

        Assert.Equal((2, "", "error: --output: \"yaml\" is not text or json\nhint: leave it out for text\n"), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Reads_as_it_was_approved()
    {
        Register();
        Spoil("credential-subject");
        Graph.Application!["web"] = new JsonObject { ["redirectUris"] = new JsonArray("https://app.example.com/oauth2/callback/") };
        Spoil("no-consent");

        ProgramResult run = await VerifyAsync();

        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80 || !line.TrimEnd(' ', '\\').Trim().Contains(' '), line));

        // The options of the run, with its ports and folders, as in the line above it.
        string steady = Regex.Replace(run.Output, "issuerctl trust apply entra-app( |\\\\\n).*?--admin-consent\n(?=    More )", "issuerctl trust apply entra-app --tenant TENANT_ID \\\n               --app-name oauth2-proxy --host app.example.com ... --admin-consent\n", RegexOptions.Singleline);
        await GoldenOutput.MatchAsync("verify-entra-app", "issuerctl trust verify entra-app --tenant TENANT_ID --app-name oauth2-proxy --host app.example.com ...", $"{steady}exit code {run.ExitCode}\n", hasPicture: true);
    }

    [Fact]
    public async Task Says_what_it_may_not_read()
    {
        Register();
        Graph.Fail($"GET /v1.0/servicePrincipals(appId='{GraphStandIn.AppId}')/oauth2PermissionGrants", 403, GraphStandIn.Error("Authorization_RequestDenied", "Insufficient privileges to complete the operation."));

        ProgramResult run = await VerifyAsync();

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("– consent: not checked, because it could not be read from Microsoft Graph\n", run.Output, StringComparison.Ordinal);
    }

    private void Spoil(string mistake)
    {
        JsonObject credential = Graph.Credentials[0];
        JsonObject application = Graph.Application!;
        switch (mistake)
        {
            case "no-app": Graph.PutApplication("another", application); break;
            case "no-principal": Graph.HasServicePrincipal = false; break;
            case "disabled": Graph.Principal!["accountEnabled"] = false; break;
            case "no-credential": Graph.Credentials.Clear(); break;
            case "credential-slash": credential["issuer"] = IssuerServer.WithPort(IssuerStandIn.Identifier) + "/"; break;
            case "credential-case": credential["issuer"] = IssuerServer.WithPort(IssuerStandIn.Identifier).Replace("oidc", "OIDC", StringComparison.Ordinal); break;
            case "credential-subject": credential["subject"] = "system:serviceaccount:azure-demo:default"; break;
            case "credential-audience": credential["audiences"] = new JsonArray("api://AzureADTokenExchangeChina"); break;
            case "redirect-other": application["web"] = new JsonObject { ["redirectUris"] = new JsonArray(Redirect + "/") }; break;
            case "redirect-spa":
                application["web"] = new JsonObject { ["redirectUris"] = new JsonArray() };
                application["spa"] = new JsonObject { ["redirectUris"] = new JsonArray(Redirect) };
                break;
            case "no-groups": application["groupMembershipClaims"] = null; break;
            case "groups-of-nobody": Graph.Assignments.Clear(); break;
            case "groups-of-a-user": Graph.Assignments.Clear(); Assign("user"); break;
            case "no-consent": Graph.Grants.Clear(); break;
            case "consent-elsewhere": Graph.Grants[0]["resourceId"] = "another-api"; break;
            case "nobody-assigned": Graph.Assignments.Clear(); Graph.Principal!["appRoleAssignmentRequired"] = true; break;
            case "many-tenants": application["signInAudience"] = "AzureADMultipleOrgs"; break;
        }
    }
}
