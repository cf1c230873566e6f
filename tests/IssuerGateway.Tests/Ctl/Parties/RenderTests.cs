using IssuerGateway.Tests.Ctl.EntraApp.Rendering;

namespace IssuerGateway.Tests.Ctl.Parties;

/// <summary><c>issuerctl trust render PARTY</c>: every text as recorded; UPDATE_GOLDEN=1 records it.</summary>
public class RenderTests
{
    private const string Golden = "tests/IssuerGateway.Tests/Ctl/Parties/golden";

    public static TheoryData<string, string> Texts
    {
        get
        {
            TheoryData<string, string> texts = [];
            foreach ((string party, string[] files) in Samples.Formats)
            {
                foreach (string file in files)
                {
                    texts.Add(party, file);
                }
            }

            return texts;
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Every_text_is_rendered_as_recorded(string party, string file)
    {
        (int exitCode, string output, string error) = await Samples.RunAsync(["trust", "render", party, "--format", file.Split('.')[0], .. Samples.Options[party]]);

        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        string golden = Repository.File($"{Golden}/{party}.{file}");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, output);
        }

        Assert.Equal(File.ReadAllText(golden), output);
    }

    [Theory] // YAML reads these as a number, a boolean, nothing, or a date
    [InlineData("123")]
    [InlineData("1e3")]
    [InlineData("true")]
    [InlineData("on")]
    [InlineData("null")]
    [InlineData("2026-11-29")]
    public async Task A_name_is_a_string_in_every_YAML_text(string name)
    {
        foreach ((string party, string[] files) in Samples.Formats)
        {
            foreach (string file in files.Where(file => file.EndsWith(".yaml", StringComparison.Ordinal)))
            {
                (_, string output, string error) = await Samples.RunAsync(["trust", "render", party, "--format", file.Split('.')[0], .. Samples.With(party, "--namespace", name)]);

                Assert.Equal("", error);
                Assert.DoesNotMatch($"(?m)^ *(- )?(name|namespace|serviceAccount|serviceAccountName): {System.Text.RegularExpressions.Regex.Escape(name)}(-|$)", output);
            }
        }
    }

    [Fact]
    public async Task An_app_may_have_another_audience()
    {
        foreach (string format in (string[])["az", "bicep", "terraform", "json", "patch", "values"])
        {
            (int exitCode, string output, string error) = await Samples.RunAsync(["trust", "render", "entra-app", "--format", format, .. Samples.Options["entra-app"], "--audience", "api://shop"]);

            Assert.Equal((0, ""), (exitCode, error));
            Assert.Contains("api://shop", output, StringComparison.Ordinal);
            Assert.DoesNotContain("api://AzureADTokenExchange", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_golden_file_is_used() => Assert.Equal(
        Texts.Select(row => $"{row.Data.Item1}.{row.Data.Item2}").Order(StringComparer.Ordinal),
        Directory.GetFiles(Repository.File(Golden)).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Fact]
    public async Task Roles_and_further_hosts_of_the_app_are_in_its_sign_in()
    {
        string[] options = [.. Samples.With("entra-app", "--allowed-group"), "--host", "admin.example.com", "--app-role", "Reader.All", "--app-role", "admin"];

        (_, string output, string error) = await Samples.RunAsync(["trust", "render", "entra-app", "--format", "configmap", .. options]);

        Assert.Equal("", error);
        Assert.Contains("  host: \"shop.example.com\"\n  allowedGroups: \"Reader.All,admin\"\n  groupsClaim: \"roles\"\n", output, StringComparison.Ordinal);
        Assert.Contains("#   annotation  issuer-gateway.io/host: \"admin.example.com\"", output, StringComparison.Ordinal);
    }

    [Theory] // neither text would let every user of the tenant in
    [InlineData("--allowed-group", "# For the sign-in of users by label: render with --allowed-group")]
    [InlineData("--cloud", "# No sign-in by label: OAuth2 Proxy's provider entra-id accepts only issuers https://login.microsoftonline.com/TENANT/v2.0", "china")]
    public async Task An_app_without_a_group_or_in_another_cloud_gets_the_token_alone(string option, string sentence, string? value = null)
    {
        (int exitCode, string output, string error) = await Samples.RunAsync(["trust", "render", "entra-app", "--format", "configmap", .. Samples.With("entra-app", option, value)]);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("  name: workload-identity\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("name: oauth2-proxy", output, StringComparison.Ordinal);
        Assert.Contains(sentence, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("entra-app")]
    [InlineData("entra-identity")]
    public async Task Another_cloud_changes_the_values_of_the_chart(string party)
    {
        (_, string output, _) = await Samples.RunAsync(["trust", "render", party, "--format", "values", .. Samples.With(party, "--cloud", "usgov")]);

        Assert.Contains("  audience: \"api://AzureADTokenExchangeUSGov\"\n  authorityHost: \"https://login.microsoftonline.us/\"\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("signIn", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aws", "us-gov-west-1", "arn:aws-us-gov:iam::111122223333:role/shop")]
    [InlineData("aws", "cn-north-1", "arn:aws-cn:iam::111122223333:role/shop")]
    public async Task The_partition_follows_from_the_region(string party, string region, string arn)
    {
        (_, string output, _) = await Samples.RunAsync(["trust", "render", party, "--format", "configmap", .. Samples.With(party, "--region", region).Where(each => each != "--policy-arn" && !each.StartsWith("arn:", StringComparison.Ordinal))]);

        Assert.Contains($"awsRoleArn: \"{arn}\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uploaded_keys_are_rendered_for_an_issuer_that_Google_can_not_reach()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """{"keys":[{"kty":"RSA","kid":"1","alg":"RS256","use":"sig","n":"AQAB","e":"AQAB"}]}""");
            string[] options = [.. Samples.With("google", "--issuer", "https://kubernetes.default.svc.cluster.local"), "--uploaded", file];

            (int exitCode, string script, string error) = await Samples.RunAsync(["trust", "render", "google", "--format", "gcloud", .. options]);
            (_, string terraform, _) = await Samples.RunAsync(["trust", "render", "google", "--format", "terraform", .. options]);

            Assert.Equal("", error);
            Assert.Equal(0, exitCode);
            Assert.Contains($"  --jwk-json-path='{file}'\n", script, StringComparison.Ordinal);
            Assert.Contains($"    jwks_json = file(\"{file}\")\n", terraform, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_line_end_in_a_name_does_not_end_the_string_of_Terraform()
    {
        using TemporaryDirectory folder = new();
        string file = folder.File("a\nb.json");
        await File.WriteAllTextAsync(file, """{"keys":[{"kty":"RSA","kid":"1","alg":"RS256","use":"sig","n":"AQAB","e":"AQAB"}]}""");

        (_, string terraform, string error) = await Samples.RunAsync(["trust", "render", "google", "--format", "terraform", .. Samples.Options["google"], "--uploaded", file]);

        Assert.Equal("", error);
        Assert.Contains("/a\\nb.json\")\n", terraform, StringComparison.Ordinal);
    }

    [Fact] // kubectl merges volumes by name and mounts by path: the second patch would take the place of the first
    public async Task Patches_of_several_parties_fit_into_one_pod()
    {
        string[] parties = ["entra-identity", "aws", "google", "vault", "openbao", "kubernetes"];
        List<string> names = [];
        foreach (string party in parties)
        {
            (_, string output, _) = await Samples.RunAsync(["trust", "render", party, "--format", "patch", .. Samples.Options[party]]);
            names.AddRange(System.Text.RegularExpressions.Regex.Matches(output, "(?m)^ {8}- name: (?!\"app\")(.*)$|mountPath: (.*)$").Select(match => match.Groups[1].Value + match.Groups[2].Value));
        }

        Assert.Equal(2 * parties.Length, names.Count);
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public async Task Workloads_whose_names_have_to_be_changed_do_not_share_a_test()
    {
        string[] names = ["shop.web", "shop-web", new string('a', 50) + "b", new string('a', 50) + "c"];
        List<string> tests = [];
        foreach (string name in names)
        {
            (_, string output, _) = await Samples.RunAsync(["trust", "render", "vault", "--format", "values", .. Samples.With("vault", "--service-account", name)]);
            tests.Add(output.Split('\n')[output.Split('\n').ToList().IndexOf("  exchanges:") + 1]);
        }

        Assert.Equal("    \"vault-apps-shop-web\":", tests[1]);
        Assert.Equal(4, tests.Distinct().Count());
        Assert.All(tests, test => Assert.Matches("^    \"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?\":$", test)); // as the schema of the chart has it
    }

    [Theory] // the label takes the audience from the chart, which has one for the cluster
    [InlineData("aws", "aws.audience")]
    [InlineData("entra-app", "azure.audience")]
    [InlineData("entra-identity", "azure.audience")]
    public async Task Another_audience_is_named_as_a_value_of_the_chart(string party, string value)
    {
        (_, string output, _) = await Samples.RunAsync(["trust", "render", party, "--format", "configmap", .. Samples.Options[party], "--audience", "api://shop"]);

        Assert.Contains($"#   chart       {value}: \"api://shop\", once for the cluster (--format values): the label has no other audience\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_audience_is_allowed_at_the_provider_of_Google()
    {
        (_, string script, _) = await Samples.RunAsync(["trust", "render", "google", "--format", "gcloud", .. Samples.With("google", "--audience", "https://shop.example.com")]);

        Assert.Contains("  --allowed-audiences='https://shop.example.com'\n", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_bicep_file_compiles_to_the_template_of_ARM()
    {
        string golden = Repository.File($"{Golden}/entra-identity.bicep.bicep");
        ProgramRun run = await ProgramRun.OfAsync(Repository.BicepCompiler, ["build", golden, "--stdout"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.DoesNotContain("BCP081", run.Error, StringComparison.Ordinal); // a type that Azure does not have

        System.Text.Json.Nodes.JsonNode compiled = System.Text.Json.Nodes.JsonNode.Parse(run.Output)!;
        System.Text.Json.Nodes.JsonNode rendered = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Repository.File($"{Golden}/entra-identity.arm.json")))!;
        for (int i = 0; i < 2; i++)
        {
            System.Text.Json.Nodes.JsonNode one = compiled["resources"]![i]!, other = rendered["resources"]![i]!;
            Assert.Equal((string)one["type"]!, (string)other["type"]!);
            Assert.Equal((string)one["apiVersion"]!, (string)other["apiVersion"]!);
            Assert.Equal(((string)one["name"]!).Replace("[format('{0}/{1}', 'shop', 'apps-shop')]", "shop/apps-shop", StringComparison.Ordinal), (string)other["name"]!);
            Assert.Equal(one["properties"]?.ToJsonString(), other["properties"]?.ToJsonString());
        }
    }
}
