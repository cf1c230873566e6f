using System.Text.Json.Nodes;
using IssuerGateway.Tests.Ctl.EntraApp.Rendering;

namespace IssuerGateway.Tests.Ctl.Parties;

/// <summary>The rendered scripts under shellcheck and in a real bash, each run twice against a stateful stand-in of its tool.</summary>
public sealed class ShellTextTests : IDisposable
{
    private const string Folder = "tests/IssuerGateway.Tests/Ctl/Parties";

    private readonly DirectoryInfo state = Directory.CreateTempSubdirectory("party-shell-");

    public void Dispose() => state.Delete(recursive: true);

    [Theory]
    [InlineData("entra-identity.az")]
    [InlineData("aws.cli")]
    [InlineData("google.gcloud")]
    [InlineData("vault.cli")]
    [InlineData("openbao.cli")]
    public async Task Shellcheck_has_nothing_to_say(string script)
    {
        ProgramRun run = await ProgramRun.OfAsync("shellcheck", ["--severity=style", Repository.File($"{Folder}/golden/{script}.sh")]);

        Assert.Equal("", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task AWS_is_registered_once_and_the_policy_names_the_subject()
    {
        Given("account", "111122223333");

        Assert.Equal(0, (await RunAsync("aws.cli")).ExitCode);
        Assert.Equal(["iam create-open-id-connect-provider", "iam create-role"], Calls());
        JsonNode condition = JsonNode.Parse(State("trust"))!["Statement"]![0]!["Condition"]!["StringEquals"]!;
        Assert.Equal("""{"oidc.example.com/shop:aud":"sts.amazonaws.com","oidc.example.com/shop:sub":"system:serviceaccount:apps:shop"}""", condition.ToJsonString());
        string before = State("trust") + State("clients") + State("policies");

        Assert.Equal(0, (await RunAsync("aws.cli")).ExitCode);
        Assert.Equal(["iam update-assume-role-policy"], Calls());
        Assert.Equal(before, State("trust") + State("clients") + State("policies"));
    }

    [Fact]
    public async Task AWS_keeps_other_audiences_and_leaves_the_role_of_others_alone()
    {
        Given("account", "111122223333");
        Given("provider", "https://oidc.example.com/shop");
        Given("provider-arn", "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/shop");
        Given("clients", "other");
        Given("role", "shop");
        Given("tag", "None");
        Given("trust", """{"Statement":[]}""");

        ProgramRun run = await RunAsync("aws.cli");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("role shop is there already and was not made by this script", run.Error, StringComparison.Ordinal);
        Assert.Equal("""{"Statement":[]}""" + "\n", State("trust"));
        Assert.Equal("other\nsts.amazonaws.com\n", State("clients"));
    }

    [Theory] // another cluster's, and a statement that somebody has added
    [InlineData("""{"Statement":[{"Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/other.example.com"}}]}""")]
    [InlineData("""{"Statement":[{"Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.example.com/shop"}},{"Principal":{"Service":"ec2.amazonaws.com"}}]}""")]
    public async Task AWS_keeps_a_trust_policy_that_names_more_than_this_issuer(string policy)
    {
        Given("account", "111122223333");
        Given("role", "shop");
        Given("tag", "issuerctl");
        Given("trust", policy);

        ProgramRun run = await RunAsync("aws.cli");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("role shop is there already and was not made by this script for this issuer alone: give --role another name, or add this statement to its trust policy by hand:\n{", run.Error, StringComparison.Ordinal);
        Assert.Equal(policy + "\n", State("trust"));
    }

    [Fact]
    public async Task Another_account_is_left_alone()
    {
        Given("account", "999988887777");

        Assert.Equal(1, (await RunAsync("aws.cli")).ExitCode);
        Assert.Empty(Calls());
    }

    [Fact]
    public async Task The_managed_identity_is_made_once()
    {
        Given("tenant", Samples.Guid);
        Given("client-id", Samples.Guid);

        ProgramRun first = await RunAsync("entra-identity.az");
        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Equal(["credential apps-shop"], Calls());
        Assert.Equal("apps-shop\thttps://oidc.example.com/shop\tsystem:serviceaccount:apps:shop\tapi://AzureADTokenExchange\n", State("credentials"));

        Assert.Equal(first, await RunAsync("entra-identity.az"));
        Assert.Empty(Calls());
    }

    [Fact]
    public async Task A_credential_that_differs_is_changed_and_others_stay()
    {
        Given("tenant", Samples.Guid);
        Given("client-id", Samples.Guid);
        Given("credentials", "other\thttps://other.example.com\tsystem:serviceaccount:a:b\tapi://AzureADTokenExchange\napps-shop\thttps://old.example.com\tsystem:serviceaccount:apps:shop\tapi://AzureADTokenExchange");

        Assert.Equal(0, (await RunAsync("entra-identity.az")).ExitCode);
        Assert.Equal(2, State("credentials").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("apps-shop\thttps://oidc.example.com/shop\t", State("credentials"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_21st_credential_and_one_that_Azure_has_under_another_name_are_rejected()
    {
        Given("tenant", Samples.Guid);
        Given("credentials", string.Join('\n', Enumerable.Range(0, 20).Select(i => $"c{i}\thttps://oidc.example.com/{i}\tsystem:serviceaccount:apps:shop\tapi://AzureADTokenExchange")));
        ProgramRun full = await RunAsync("entra-identity.az");
        Given("credentials", "other\thttps://oidc.example.com/shop\tsystem:serviceaccount:apps:shop\tapi://AzureADTokenExchange");
        ProgramRun same = await RunAsync("entra-identity.az");

        Assert.Equal((1, 1), (full.ExitCode, same.ExitCode));
        Assert.Contains("the identity has 20 federated credentials, the most that Azure takes", full.Error, StringComparison.Ordinal);
        Assert.Contains("credential other has this issuer and subject already", same.Error, StringComparison.Ordinal);
        Assert.Empty(Calls());
    }

    [Fact]
    public async Task Google_is_registered_once_and_updated_after()
    {
        Given("number", "123456789012");

        Assert.Equal(0, (await RunAsync("google.gcloud")).ExitCode);
        Assert.Equal(["pool create", "provider create"], Calls());
        Assert.Equal("--issuer-uri=https://oidc.example.com/shop\n--attribute-mapping=google.subject=assertion.sub\n--attribute-condition=assertion.sub == 'system:serviceaccount:apps:shop'\n", State("settings"));
        Assert.Equal("principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/clusters/subject/system:serviceaccount:apps:shop\n", State("member"));

        Assert.Equal(0, (await RunAsync("google.gcloud")).ExitCode);
        Assert.Equal(["provider update"], Calls());
    }

    [Fact]
    public async Task The_provider_of_another_issuer_is_left_alone()
    {
        Given("number", "123456789012");
        Given("pool", "ACTIVE");
        Given("provider", "ACTIVE");
        Given("settings", "--issuer-uri=https://other.example.com");

        ProgramRun run = await RunAsync("google.gcloud");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("provider shop is for https://other.example.com already: render with another --pool and --provider\n", run.Error, StringComparison.Ordinal);
        Assert.Equal("--issuer-uri=https://other.example.com\n", State("settings"));
    }

    [Fact] // an update leaves what it does not name
    public async Task What_an_earlier_rendering_set_at_Google_does_not_stay()
    {
        Given("number", "123456789012");
        Given("pool", "ACTIVE");
        Given("provider", "ACTIVE");
        Given("settings", "--issuer-uri=https://oidc.example.com/shop\n--allowed-audiences=old");
        ProgramRun audience = await RunAsync("google.gcloud");
        Assert.Contains("--allowed-audiences=\n", State("settings"), StringComparison.Ordinal);

        Given("settings", "--issuer-uri=https://oidc.example.com/shop\n--jwk-json-path=old.json");
        ProgramRun keys = await RunAsync("google.gcloud");

        Assert.Equal((0, 1), (audience.ExitCode, keys.ExitCode));
        Assert.Contains("provider shop holds uploaded keys and fetches none: render with --uploaded, or with another --pool and --provider\n", keys.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleted_pools_of_Google_are_brought_back()
    {
        Given("number", "123456789012");
        Given("pool", "DELETED");
        Given("provider", "DELETED");
        Given("settings", "--issuer-uri=https://oidc.example.com/shop");

        Assert.Equal(0, (await RunAsync("google.gcloud")).ExitCode);
        Assert.Equal(["pool undelete", "provider undelete", "provider update"], Calls());
    }

    [Theory]
    [InlineData("vault.cli")]
    [InlineData("openbao.cli")]
    public async Task Vault_is_configured_once_and_the_role_keeps_what_is_not_named(string script)
    {
        Given("role", "token_ttl=1h");

        Assert.Equal(0, (await RunAsync(script)).ExitCode);
        Assert.Equal(["enable", "config", "role"], Calls());
        Assert.Equal("oidc_discovery_url=https://oidc.example.com/shop\nbound_issuer=https://oidc.example.com/shop\n", State("config"));
        Assert.Equal("token_ttl=1h\nrole_type=jwt\nuser_claim=sub\nbound_audiences=https://vault.example.com\nbound_subject=system:serviceaccount:apps:shop\ntoken_policies=shop-read and shop-db\n", State("role"));

        Assert.Equal(0, (await RunAsync(script)).ExitCode);
        Assert.Equal(["role"], Calls());
    }

    [Fact]
    public async Task The_configuration_of_another_issuer_is_never_overwritten_nor_are_fields_reset()
    {
        Given("mount", "jwt");
        Given("config", "oidc_discovery_url=https://other.example.com\ndefault_role=x");
        ProgramRun other = await RunAsync("vault.cli");
        Given("config", "oidc_discovery_url=https://oidc.example.com/shop\ndefault_role=x");
        ProgramRun same = await RunAsync("vault.cli");

        Given("config", "jwt_validation_pubkeys=[\"-----BEGIN PUBLIC KEY-----\"]");
        ProgramRun pinned = await RunAsync("vault.cli");
        Given("config", "jwks_pairs=[{\"jwks_url\":\"https://other.example.com\"}]");
        ProgramRun pairs = await RunAsync("vault.cli");
        Given("config", "jwks_url=https://other.example.com/keys");
        ProgramRun fetched = await RunAsync("vault.cli");
        Given("config", "oidc_discovery_url=https://oidc.example.com/shop\ndefault_role=x");

        Assert.Equal((1, 0), (other.ExitCode, same.ExitCode));
        Assert.All([pinned, pairs, fetched], run => Assert.Equal((1, "auth/jwt is configured for other keys already: one method serves one issuer; render with another --path\n"), (run.ExitCode, run.Error)));
        Assert.Contains("auth/jwt is configured for https://other.example.com already", other.Error, StringComparison.Ordinal);
        Assert.Contains("default_role=x", State("config"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vault.cli")]
    [InlineData("openbao.cli")]
    public async Task A_configuration_that_cannot_be_read_is_not_taken_for_an_empty_one(string script)
    {
        Given("mount", "jwt");
        Given("read-error", "Code: 403. Errors:\n* permission denied");

        ProgramRun run = await RunAsync(script);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("permission denied", run.Error, StringComparison.Ordinal);
        Assert.Empty(Calls());
    }

    [Theory] // what a shell, and each tool's own syntax, would read as something else
    [InlineData("aws", "cli")]
    [InlineData("google", "gcloud")]
    [InlineData("vault", "cli")]
    [InlineData("openbao", "cli")]
    public async Task An_audience_arrives_as_it_is(string party, string format)
    {
        foreach (string audience in (string[])["$(>$STATE/run)`>$STATE/run`", "it's\"quoted\"", "a,b", "@file", "\\@file", "-", "file:///etc/hostname", "[\"a\"]", "^x^a", "%{a}", "=@a", "--client-id"])
        {
            foreach (FileInfo file in state.GetFiles())
            {
                file.Delete();
            }

            Given("account", "111122223333");
            Given("number", "123456789012");
            (_, string text, string error) = await Samples.RunAsync(["trust", "render", party, "--format", format, .. Samples.With(party, "--audience"), $"--audience={audience}"]);
            Assert.Equal("", error);
            Given("script", text);

            for (int i = 0; i < 2; i++)
            {
                ProgramRun run = await RunFileAsync(Path.Combine(state.FullName, "script"));
                Assert.True(run.ExitCode == 0, run.Error);
            }

            string expected = party switch
            {
                "aws" => audience,
                "google" => $"--allowed-audiences={(audience.Contains(',', StringComparison.Ordinal) || audience[0] == '^' ? "^ ^" : "")}{audience}",
                _ => $"bound_audiences={audience}",
            };
            Assert.Contains(expected, File.ReadAllLines(Path.Combine(state.FullName, party switch { "aws" => "clients", "google" => "settings", _ => "role" })));
            Assert.False(File.Exists(Path.Combine(state.FullName, "run")));
        }
    }

    private Task<ProgramRun> RunAsync(string script) => RunFileAsync(Repository.File($"{Folder}/golden/{script}.sh"));

    private Task<ProgramRun> RunFileAsync(string script) => ProgramRun.OfAsync("bash", [script], environment: new Dictionary<string, string>
    {
        ["PATH"] = $"{Repository.File($"{Folder}/fake-tools")}:{Environment.GetEnvironmentVariable("PATH")}",
        ["STATE"] = state.FullName,
    });

    private void Given(string name, string text) => File.WriteAllText(Path.Combine(state.FullName, name), text + "\n");

    private string State(string name) => File.ReadAllText(Path.Combine(state.FullName, name));

    private string[] Calls()
    {
        string file = Path.Combine(state.FullName, "calls");
        string[] calls = File.Exists(file) ? File.ReadAllLines(file) : [];
        File.Delete(file);
        return calls;
    }
}
