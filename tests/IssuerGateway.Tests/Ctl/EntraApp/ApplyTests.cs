using System.Text.Json.Nodes;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Commands;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Tests.Ctl.EntraApp.Rendering;
using WireMock;

namespace IssuerGateway.Tests.Ctl.EntraApp;

public sealed class ApplyTests : EntraProgramFixture
{
    private const string ApplicationBody =
        """{"displayName":"oauth2-proxy","signInAudience":"AzureADMyOrg","web":{"redirectUris":["https://app.example.com/oauth2/callback"]},"groupMembershipClaims":"SecurityGroup","tags":["issuer-gateway-entra"]}""";

    private const string CredentialBody =
        """{"issuer":"https://oidc.example.com","subject":"system:serviceaccount:azure-demo:azure-demo","audiences":["api://AzureADTokenExchange"],"description":"made by issuer-gateway-entra"}""";

    private const string ApplicationWrite = $"PATCH /v1.0/applications(uniqueName='oauth2-proxy') {ApplicationBody}";
    private const string PrincipalWrite = $$"""PATCH /v1.0/servicePrincipals(appId='{{GraphStandIn.AppId}}') {"displayName":"oauth2-proxy","tags":["WindowsAzureActiveDirectoryIntegratedApp"]}""";
    private const string CredentialWrite = $"PATCH /v1.0/applications(appId='{GraphStandIn.AppId}')/federatedIdentityCredentials(name='kubernetes') {CredentialBody}";
    private const string SpreadNotice = "the token endpoint may need some minutes more before the first sign-in works (AADSTS700211 until then)\n";

    private static readonly string closing =
        $"client id: {GraphStandIn.AppId}\n{HelmLine.Of(SampleRegistrations.Validated(SampleRegistrations.Placeholders), GraphStandIn.AppId)}\n";

    [Fact]
    public async Task An_empty_tenant_gets_application_service_principal_and_credential()
    {
        ProgramResult run = await RunAsync("apply");

        Assert.Equal(new ProgramResult(0,
            """
            application "oauth2-proxy"
              + is created
              + display name oauth2-proxy
              + accounts AzureADMyOrg
              + redirect URL https://app.example.com/oauth2/callback
              + group claims SecurityGroup
            service principal
              + is created
            federated credential "kubernetes"
              + issuer https://oidc.example.com
              + subject system:serviceaccount:azure-demo:azure-demo
              + audience api://AzureADTokenExchange
            9 to add, 0 to change, 0 to remove
            application: created
            service principal: created
            federated credential: created

            """ + closing, SpreadNotice), run);
        Assert.Equal([ApplicationWrite, PrincipalWrite, CredentialWrite], Writes);
    }

    [Fact]
    public async Task Each_write_has_exactly_these_headers()
    {
        await RunAsync("apply");

        Assert.All(Graph.Requests.Where(request => request.Method == "PATCH"), request => Assert.Equal(
            [
                "Accept: application/json",
                $"Authorization: Bearer {GraphStandIn.Token}",
                $"Content-Length: {request.Body!.Length}",
                "Content-Type: application/json",
                $"Host: {new Uri(Graph.Url).Authority}",
                "Prefer: create-if-missing",
                "User-Agent: issuerctl/0.1.0",
            ], Headers(request)));
        Assert.All(Graph.Requests.Where(request => request.Method == "GET"), request => Assert.Equal(
            [
                "Accept: application/json",
                $"Authorization: Bearer {GraphStandIn.Token}",
                $"Host: {new Uri(Graph.Url).Authority}",
                "User-Agent: issuerctl/0.1.0",
            ], Headers(request)));
    }

    [Fact]
    public async Task What_is_sent_to_an_empty_tenant_is_what_render_prints_as_json()
    {
        await RunAsync("apply");

        StringWriter rendered = new();
        RenderCommand.Render(SampleRegistrations.Placeholders, "json", new Terminal(rendered, TextWriter.Null));
        IEnumerable<string> requests = JsonNode.Parse(rendered.ToString())!["requests"]!.AsArray()
            .Where(request => (string?)request!["method"] == "PATCH")
            .Select(request => $"PATCH {((string)request!["url"]!).Replace("https://graph.microsoft.com", "", StringComparison.Ordinal).Replace("APPID", GraphStandIn.AppId, StringComparison.Ordinal)} {request["body"]!.ToJsonString()}");
        Assert.Equal(requests, Writes);
    }

    [Fact]
    public async Task Applying_twice_changes_nothing()
    {
        await RunAsync("apply");
        Graph.Forget();

        ProgramResult second = await RunAsync("apply");

        Assert.Equal(new ProgramResult(0,
            $"""
            application "oauth2-proxy"
                is there, client id {GraphStandIn.AppId}
                redirect URL https://app.example.com/oauth2/callback
            service principal
                is there
            federated credential "kubernetes"
                issuer https://oidc.example.com
                subject system:serviceaccount:azure-demo:azure-demo
                audience api://AzureADTokenExchange
            nothing to change

            """ + closing, ""), second);
        Assert.Empty(Writes);
    }

    [Fact]
    public async Task Assignment_consent_and_further_addresses_are_applied_once()
    {
        const string options = Registration + " --app-role reader --assign aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee --assignment-required --admin-consent"
            + " --redirect-url https://app.example.com/other --logout-url https://app.example.com/signed-out";
        string role = $"{new AppRole("reader").Id}";

        ProgramResult first = await RunAsync("apply", options);

        Assert.Equal(0, first.ExitCode);
        Assert.Contains("assignment: reader for aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee\nconsent for all users: granted\n", first.Output, StringComparison.Ordinal);
        Assert.Equal("""["https://app.example.com/oauth2/callback","https://app.example.com/other","https://app.example.com/signed-out"]""", Graph.Application!["web"]!["redirectUris"]!.ToJsonString());
        Assert.True((bool)Graph.Principal!["appRoleAssignmentRequired"]!);
        Assert.Equal(
            [
                $$"""POST /v1.0/servicePrincipals/principal/appRoleAssignedTo {"principalId":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee","resourceId":"principal","appRoleId":"{{role}}"}""",
                """POST /v1.0/oauth2PermissionGrants {"clientId":"principal","consentType":"AllPrincipals","resourceId":"graph-principal","scope":"openid profile email offline_access User.Read"}""",
            ], Writes.Where(write => write.StartsWith("POST", StringComparison.Ordinal)));

        Graph.Forget();
        ProgramResult second = await RunAsync("apply", options);
        Assert.Contains("nothing to change\n", second.Output, StringComparison.Ordinal);
        Assert.Empty(Writes);
    }

    [Fact]
    public async Task A_consent_that_lacks_a_scope_gets_it_and_keeps_the_others()
    {
        await RunAsync("apply");
        Graph.Grants.Add(new JsonObject { ["id"] = "other", ["resourceId"] = "other-principal", ["scope"] = "openid User.Read" });
        Graph.Grants.Add(new JsonObject { ["id"] = "grant", ["resourceId"] = "graph-principal", ["scope"] = "openid Calendars.Read" });
        Graph.Forget();

        Assert.Equal(0, (await RunAsync("apply", Registration + " --admin-consent")).ExitCode);

        Assert.Equal(["""PATCH /v1.0/oauth2PermissionGrants/grant {"scope":"openid Calendars.Read profile email offline_access User.Read"}"""], Writes);
    }

    [Fact]
    public async Task An_existing_app_without_group_claims_gets_them_and_a_chosen_value_stays()
    {
        await RunAsync("apply");
        Graph.Application!["groupMembershipClaims"] = null;
        Assert.Contains("  ~ group claims \"\" -> \"SecurityGroup\"\n", (await RunAsync("plan")).Output, StringComparison.Ordinal);

        Graph.Application!["groupMembershipClaims"] = "ApplicationGroup";
        Assert.Contains("nothing to change\n", (await RunAsync("plan")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_principal_that_the_portal_hides_is_shown_and_keeps_its_tags()
    {
        await RunAsync("apply");
        Graph.Principal!["tags"] = new JsonArray("theirs");
        Graph.Forget();

        Assert.Equal(0, (await RunAsync("apply")).ExitCode);

        Assert.Equal([$$"""PATCH /v1.0/servicePrincipals(appId='{{GraphStandIn.AppId}}') {"displayName":"oauth2-proxy","tags":["theirs","WindowsAzureActiveDirectoryIntegratedApp"]}"""], Writes);
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("apply")]
    public async Task A_deleted_app_that_holds_the_name_is_found_beforehand(string verb)
    {
        Graph.Deleted.Add(new JsonObject { ["id"] = "gone", ["appId"] = "client", ["uniqueName"] = "oauth2-proxy", ["deletedDateTime"] = "2026-11-20T10:00:00Z" });

        ProgramResult run = await RunAsync(verb);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("\"oauth2-proxy\", the unique name of an app deleted at 2026-11-20T10:00:00Z (client id client)", run.Error, StringComparison.Ordinal);
        Assert.Contains("hint: delete it for good (az rest --method DELETE --url https://graph.microsoft.com/v1.0/directory/deletedItems/gone), or restore it: az rest --method POST --url https://graph.microsoft.com/v1.0/directory/deletedItems/gone/restore\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(Writes);
    }

    [Theory]
    [InlineData("--redirect-url http://app.example.com/", "--redirect-url")]
    [InlineData("--logout-url https://app.example.com/#a", "--logout-url")]
    [InlineData("--redirect-url https://*.example.com/", "--redirect-url")]
    [InlineData("--assign everybody", "--assign")]
    [InlineData("--app-role a --app-role b --assign aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "--assign")]
    [InlineData("--app-role a --assign b=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "--assign")]
    public async Task A_wrong_address_or_assignment_is_rejected_by_name(string options, string option)
    {
        ProgramResult run = await RunAsync("plan", $"{Registration} {options}");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(option, run.Error, StringComparison.Ordinal);
        Assert.Empty(Graph.Requests);
    }

    [Fact]
    public async Task Plan_shows_the_same_and_writes_nothing()
    {
        ProgramResult run = await RunAsync("plan");

        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith(
            "9 to add, 0 to change, 0 to remove\nclient id: known after apply\n"
            + HelmLine.Of(SampleRegistrations.Validated(SampleRegistrations.Placeholders), "CLIENT_ID") + "\n", run.Output, StringComparison.Ordinal);
        Assert.Empty(Writes);
    }

    [Fact]
    public async Task What_differs_is_changed_and_what_others_added_stays()
    {
        Graph.PutApplication("oauth2-proxy", JsonNode.Parse("""
            {"displayName":"old name","signInAudience":"AzureADMultipleOrgs","web":{"redirectUris":["https://other.example.com/signin"]},
             "appRoles":[{"id":"00000000-0000-0000-0000-000000000009","value":"other","displayName":"Other","description":"Others","isEnabled":false,"allowedMemberTypes":["User","Application"],"origin":"Application"}],"tags":["theirs"]}
            """)!.AsObject());
        Graph.HasServicePrincipal = true;
        PutCredential("kubernetes", "https://oidc.example.com/", Subject);
        PutCredential("other", "https://other.example.com", Subject);

        ProgramResult run = await RunAsync("apply", Registration + " --app-role admin --group-claims SecurityGroup");

        Assert.Equal(
            $"""
            application "oauth2-proxy"
                is there, client id {GraphStandIn.AppId}
              ~ display name "old name" -> "oauth2-proxy"
              ~ accounts "AzureADMultipleOrgs" -> "AzureADMyOrg"
              + redirect URL https://app.example.com/oauth2/callback
                redirect URL https://other.example.com/signin
              + app role admin
                app role other
              ~ group claims "" -> "SecurityGroup"
            service principal
                is there
            federated credential "kubernetes"
              ~ issuer "https://oidc.example.com/" -> "https://oidc.example.com"
                subject system:serviceaccount:azure-demo:azure-demo
                audience api://AzureADTokenExchange
            2 to add, 4 to change, 0 to remove
            application: changed
            federated credential: changed

            """ + $"client id: {GraphStandIn.AppId}\n{HelmLine.Of(SampleRegistrations.Validated(SampleRegistrations.Placeholders with { AppRoles = ["admin"] }), GraphStandIn.AppId)}\n", run.Output);
        Assert.Equal(
            [
                """PATCH /v1.0/applications(uniqueName='oauth2-proxy') {"displayName":"oauth2-proxy","signInAudience":"AzureADMyOrg","web":{"redirectUris":["https://other.example.com/signin","https://app.example.com/oauth2/callback"]},"groupMembershipClaims":"SecurityGroup","appRoles":[{"id":"00000000-0000-0000-0000-000000000009","value":"other","displayName":"Other","description":"Others","isEnabled":false,"allowedMemberTypes":["User","Application"]},{"id":"58696f44-9f8b-82fb-b4f4-9e48917ab44a","value":"admin","displayName":"admin","description":"admin","isEnabled":true,"allowedMemberTypes":["User"]}]}""",
                $$"""PATCH /v1.0/applications(appId='{{GraphStandIn.AppId}}')/federatedIdentityCredentials(name='kubernetes') {"issuer":"https://oidc.example.com","subject":"system:serviceaccount:azure-demo:azure-demo","audiences":["api://AzureADTokenExchange"]}""",
            ], Writes);
    }

    [Theory]
    [InlineData("PATCH /v1.0/applications(uniqueName", 0)]
    [InlineData("PATCH /v1.0/servicePrincipals", 1)]
    [InlineData("PATCH /v1.0/applications(appId", 2)]
    public async Task After_a_failure_in_the_middle_the_second_apply_does_only_what_is_missing(string failing, int doneBefore)
    {
        string[] all = [ApplicationWrite, PrincipalWrite, CredentialWrite];
        Graph.Fail(failing, 403, GraphStandIn.Error("Authorization_RequestDenied", "Insufficient privileges to complete the operation."));

        ProgramResult first = await RunAsync("apply");

        Assert.Equal(3, first.ExitCode);
        Assert.EndsWith(
            "Microsoft Graph responded with 403 Authorization_RequestDenied: Insufficient privileges to complete the operation. (request-id req-1)\n"
            + "hint: needed: role Application Developer and Application.ReadWrite.All (user), or Application.ReadWrite.OwnedBy (app); apply again does only what is missing\n", first.Error, StringComparison.Ordinal);
        Assert.Equal(all[..(doneBefore + 1)], Writes);

        Graph.Forget();
        ProgramResult second = await RunAsync("apply");
        Assert.Equal(0, second.ExitCode);
        Assert.EndsWith(closing, second.Output, StringComparison.Ordinal);
        Assert.Equal(all[doneBefore..], Writes);
    }

    [Fact]
    public async Task A_write_whose_response_was_lost_is_found_done_by_the_second_apply()
    {
        Graph.Fail("PATCH /v1.0/applications(appId", 500, afterwards: true);

        Assert.Equal(3, (await RunAsync("apply")).ExitCode);
        Graph.Forget();

        Assert.Equal(0, (await RunAsync("apply")).ExitCode);
        Assert.Empty(Writes);
    }

    [Fact]
    public async Task Waits_as_long_as_Retry_After_says()
    {
        Graph.Fail("PATCH /v1.0/applications(uniqueName", 429, GraphStandIn.Error("TooManyRequests", "Too many requests."), times: 3, retryAfter: "17");
        Graph.Fail("GET /v1.0/applications(uniqueName", 503, retryAfter: "Tue, 24 Nov 2026 12:00:09 GMT");

        ProgramResult run = await RunAsync("apply");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal([9, 17, 17, 17, 2, 2], Time.Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task Without_Retry_After_the_waits_double()
    {
        Graph.Fail("GET /v1.0/applications(uniqueName", 503, times: 5);

        Assert.Equal(0, (await RunAsync("plan")).ExitCode);
        Assert.Equal([2, 4, 8, 16, 32], Time.Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task A_storm_of_429_ends_after_the_last_retry_and_a_later_run_completes_it()
    {
        Graph.Fail("PATCH", 429, GraphStandIn.Error("TooManyRequests", "Too many requests."), times: 7, retryAfter: "30");

        ProgramResult storm = await RunAsync("apply");

        Assert.Equal(3, storm.ExitCode);
        Assert.Equal(
            string.Concat(Enumerable.Repeat("Microsoft Graph responded with 429; retrying in 30 s\n", 6))
            + "error: PATCH applications(uniqueName='oauth2-proxy'): Microsoft Graph responded with 429 TooManyRequests: Too many requests. (request-id req-1)\n"
            + "hint: Graph throttles this tenant: run it again in some minutes, what is done stays done; apply again does only what is missing\n", storm.Error);
        Assert.Equal(Enumerable.Repeat(ApplicationWrite, 7), Writes);
        Assert.Equal(0, (await RunAsync("apply")).ExitCode);
    }

    [Fact]
    public async Task A_Retry_After_beyond_the_longest_wait_is_not_waited_for()
    {
        Graph.Fail("GET", 429, retryAfter: "3600");

        Assert.Equal(3, (await RunAsync("plan")).ExitCode);
        Assert.Empty(Time.Waits);
    }

    [Fact]
    public async Task Waits_until_a_new_application_has_spread()
    {
        Graph.Fail("GET /v1.0/applications(uniqueName", 404, GraphStandIn.Error("Request_ResourceNotFound", "Resource does not exist."), times: 2);
        Graph.Fail("PATCH /v1.0/servicePrincipals", 400, GraphStandIn.Error("NoBackingApplicationObject", "The appId does not reference a valid application object."), times: 2);
        Graph.Fail("PATCH /v1.0/applications(appId", 404, GraphStandIn.Error("Request_ResourceNotFound", "Resource does not exist."));

        ProgramResult run = await RunAsync("apply", interactive: true);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            "waiting until the application is readable\n"
            + "waiting until the application can have a service principal\n"
            + "waiting until the application can have a service principal\n"
            + "waiting until the application can have a federated credential\n"
            + "waiting until the federated credential is readable everywhere\n"
            + "waiting until the federated credential is readable everywhere\n" + SpreadNotice, run.Error);
    }

    [Fact]
    public async Task A_credential_that_flaps_has_to_be_seen_three_times_in_a_row()
    {
        await RunAsync("apply");
        Graph.Credentials.Clear();
        Graph.Forget();
        Graph.Fail($"GET /v1.0/applications(appId='{GraphStandIn.AppId}')/federatedIdentityCredentials", 200, """{"value":[]}""", times: 2);

        Assert.Equal(0, (await RunAsync("apply")).ExitCode);
        Assert.Equal(1 + 1 + 3, Graph.Requests.Count(request => request.Method == "GET" && request.AbsolutePath.EndsWith("federatedIdentityCredentials", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Gives_up_waiting_after_the_given_time()
    {
        Graph.Fail("PATCH /v1.0/servicePrincipals", 404, GraphStandIn.Error("Request_ResourceNotFound", "Resource does not exist."), times: 1000);

        ProgramResult run = await RunAsync("apply --wait 10s");

        Assert.Equal(3, run.ExitCode);
        Assert.Equal(
            $"error: PATCH servicePrincipals(appId='{GraphStandIn.AppId}'): Microsoft Graph responded with 404 Request_ResourceNotFound: Resource does not exist. (request-id req-1)\n"
            + "hint: it was there a moment ago, or is not on every directory server yet: run it again; apply again does only what is missing\n", run.Error);
        Assert.Equal(5, Time.Waits.Count);
    }

    private static IEnumerable<string> Headers(IRequestMessage request) =>
        request.Headers!.Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal);
}
