using CsCheck;
using IssuerGateway.Ctl.Parties;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering.Texts;

namespace IssuerGateway.Tests.Ctl.EntraApp.Rendering;

/// <summary>The rendered script under shellcheck and in a real bash, against a stand-in for <c>az</c>.</summary>
public sealed class AzTextTests : IDisposable
{
    private const string AppId = "11111111-2222-3333-4444-555555555555";

    private readonly DirectoryInfo state = Directory.CreateTempSubdirectory("entra-az-");

    public void Dispose() => state.Delete(recursive: true);

    [Theory]
    [InlineData("manifests/entra/app-registration.az.sh")]
    [InlineData("tests/IssuerGateway.Tests/Ctl/EntraApp/Rendering/golden/full.az.sh")]
    public async Task Shellcheck_has_nothing_to_say(string file)
    {
        ProgramRun run = await ProgramRun.OfAsync("shellcheck", ["--severity=style", Repository.File(file)]);

        Assert.Equal("", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task The_first_run_makes_everything_and_the_second_changes_nothing()
    {
        Tenant("AzureUSGovernment", "8e2f0000-1111-2222-3333-44445555aaaa");
        File.WriteAllText(Path.Combine(state.FullName, "roles"), "[]\n");

        ProgramRun first = await RunAsync(SampleRegistrations.Full);
        Assert.Equal("", first.Error);
        Assert.Equal(0, first.ExitCode);
        Assert.Equal(
            $"client id: {AppId}\n{HelmLine.Of(SampleRegistrations.Validated(SampleRegistrations.Full), AppId)}\n", first.Output);
        Assert.Equal("""{"displayName":"Demo app_2.0","signInAudience":"AzureADMyOrg"}""", State("application"));
        Assert.Equal("https://app.example.com/oauth2/callback\nhttps://www.example.com/oauth2/callback\nhttps://app.example.com/sign-in/callback\nhttps://app.example.com/signed-out\n", State("urls"));
        Assert.Equal("[\"WindowsAzureActiveDirectoryIntegratedApp\"]", State("tags").Trim());
        Assert.Equal("""{"appRoleAssignmentRequired":true}""", State("required"));
        Assert.Equal(
            SampleRegistrations.Validated(SampleRegistrations.Full).Assignments.Select(assignment => $"{assignment.PrincipalId} {assignment.RoleId}"),
            State("assignments").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("""{"clientId":"app-principal","consentType":"AllPrincipals","resourceId":"graph-principal","scope":"openid profile email offline_access User.Read"}""", State("grant"));
        Assert.Equal(
            """{"name":"team-a-web-frontend","issuer":"https://oidc.example.com:8443/clusters/one/","subject":"system:serviceaccount:team-a:web.frontend","audiences":["api://AzureADTokenExchangeUSGov"]}""",
            State("credential"));
        Assert.Equal(["admin", "Reader.All"], System.Text.Json.JsonDocument.Parse(State("roles")).RootElement.EnumerateArray().Select(role => role.GetProperty("value").GetString()!));
        Assert.Equal("ApplicationGroup\n", State("groups"));
        Assert.Equal(12, Writes().Count);

        File.Delete(Path.Combine(state.FullName, "calls"));
        ProgramRun second = await RunAsync(SampleRegistrations.Full);
        Assert.Equal(first, second);
        Assert.Equal(["rest --only-show-errors --method PATCH"], Writes().Select(call => call[..38]));
    }

    [Fact]
    public async Task What_others_added_stays_and_what_differs_is_changed()
    {
        Tenant("AzureCloud", "00000000-0000-0000-0000-000000000000");
        File.WriteAllText(Path.Combine(state.FullName, "urls"), "https://other.example.com/signin\n");
        File.WriteAllText(Path.Combine(state.FullName, "credential"),
            """{"name":"kubernetes","issuer":"https://oidc.example.com/","subject":"system:serviceaccount:azure-demo:azure-demo","audiences":["api://AzureADTokenExchange"]}""");

        ProgramRun run = await RunAsync(SampleRegistrations.Placeholders);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("https://other.example.com/signin\nhttps://app.example.com/oauth2/callback\n", State("urls"));
        Assert.Equal(
            """{"issuer":"https://oidc.example.com","subject":"system:serviceaccount:azure-demo:azure-demo","audiences":["api://AzureADTokenExchange"]}""",
            State("credential"));
        Assert.Contains(Writes(), call => call.StartsWith($"ad app federated-credential update --id {AppId} --federated-credential-id kubernetes --parameters ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_existing_role_keeps_its_place_when_another_is_added()
    {
        Tenant("AzureUSGovernment", "8e2f0000-1111-2222-3333-44445555aaaa");
        File.WriteAllText(Path.Combine(state.FullName, "roles"), """[{"id":"0","value":"admin"}]""" + "\n");

        ProgramRun run = await RunAsync(SampleRegistrations.Full);

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("""[{"id":"0","value":"admin"},{"id":""", State("roles"), StringComparison.Ordinal);
        Assert.Equal(2, System.Text.Json.JsonDocument.Parse(State("roles")).RootElement.GetArrayLength());
    }

    [Theory]
    [InlineData("AzureCloud", "11111111-0000-0000-0000-000000000000",
        "az is signed in to another tenant: az login --allow-no-subscriptions --tenant 00000000-0000-0000-0000-000000000000\n")]
    [InlineData("AzureChinaCloud", "00000000-0000-0000-0000-000000000000",
        "az is set to another cloud: az cloud set --name AzureCloud, then az login --allow-no-subscriptions --tenant 00000000-0000-0000-0000-000000000000\n")]
    public async Task Another_tenant_or_cloud_is_rejected_before_any_write(string cloud, string tenant, string said)
    {
        Tenant(cloud, tenant);

        ProgramRun run = await RunAsync(SampleRegistrations.Placeholders);

        Assert.Equal(new ProgramRun(1, "", said), run);
        Assert.Empty(Writes());
    }

    [Theory]
    [InlineData("rest --method GET")]
    [InlineData("ad app show")]
    [InlineData("ad sp create")]
    [InlineData("ad app federated-credential create")]
    public async Task What_the_directory_does_not_know_yet_is_queried_again(string command)
    {
        Tenant("AzureCloud", "00000000-0000-0000-0000-000000000000");
        File.WriteAllText(Path.Combine(state.FullName, "fail-once"), command);

        ProgramRun run = await RunAsync(SampleRegistrations.Placeholders);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("ERROR: Resource does not exist or one of its queried reference-property objects are not present.\n", run.Error);
        Assert.Equal("2\n", State("slept"));
        Assert.True(File.Exists(Path.Combine(state.FullName, "credential")));
    }

    [Fact]
    public void Quotes_any_text_as_one_word() =>
        Gen.Char[' ', '~'].Array[0, 40].Select(chars => new string(chars)).Sample(
            value => Assert.Equal(value, ProgramRun.OfAsync("bash", ["-c", $"printf %s {TextQuoting.Shell(value)}"]).GetAwaiter().GetResult().Output),
            iter: 40);

    private void Tenant(string cloud, string tenant)
    {
        File.WriteAllText(Path.Combine(state.FullName, "cloud"), cloud + "\n");
        File.WriteAllText(Path.Combine(state.FullName, "tenant"), tenant + "\n");
        File.WriteAllText(Path.Combine(state.FullName, "calls"), "");
    }

    private async Task<ProgramRun> RunAsync(RegistrationInput input)
    {
        string fakes = Repository.File("tests/IssuerGateway.Tests/Ctl/EntraApp/Rendering/fake-az");
        return await ProgramRun.OfAsync("bash", ["-s"], AzText.Text(SampleRegistrations.Validated(input)), new Dictionary<string, string>
        {
            ["PATH"] = $"{fakes}:{Environment.GetEnvironmentVariable("PATH")}",
            ["FAKE_AZ_STATE"] = state.FullName,
        });
    }

    private string State(string file) => File.ReadAllText(Path.Combine(state.FullName, file));

    private IReadOnlyList<string> Writes() =>
        [.. State("calls").Split('\n').Where(call => call.Contains("PATCH", StringComparison.Ordinal) || call.Contains("POST", StringComparison.Ordinal) || call.Contains(" update ", StringComparison.Ordinal) || call.Contains(" create ", StringComparison.Ordinal))];
}
