using System.Text.Json;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>What render prints, read by the programs that it is meant for: HashiCorp's own parser, and both Helms with the real chart.</summary>
public sealed class RenderedTemplateTests
{
    private const string Golden = "tests/IssuerGateway.Tests/Ctl/EntraApp/Rendering/golden";

    [Fact]
    public void The_Terraform_manifest_says_to_a_real_parser_what_is_meant()
    {
        JsonElement file = ParsedHcl("manifests/entra/app-registration.tf");

        Assert.Equal(
            """{"azuread_application":{"oauth2_proxy":[{"display_name":"oauth2-proxy","group_membership_claims":["SecurityGroup"],"prevent_duplicate_names":true,"sign_in_audience":"AzureADMyOrg","web":[{"redirect_uris":["https://app.example.com/oauth2/callback"]}]}]},"azuread_application_federated_identity_credential":{"workload":[{"application_id":"${azuread_application.oauth2_proxy.id}","audiences":["api://AzureADTokenExchange"],"display_name":"kubernetes","issuer":"https://oidc.example.com","subject":"system:serviceaccount:azure-demo:azure-demo"}]},"azuread_service_principal":{"oauth2_proxy":[{"app_role_assignment_required":false,"client_id":"${azuread_application.oauth2_proxy.client_id}","feature_tags":[{"enterprise":true}]}]}}""",
            file.GetProperty("resource").GetRawText());
        Assert.Equal("""[{"environment":"public","tenant_id":"00000000-0000-0000-0000-000000000000"}]""", file.GetProperty("provider").GetProperty("azuread").GetRawText());
    }

    [Fact]
    public void Every_option_of_Terraform_parses()
    {
        JsonElement app = ParsedHcl($"{Golden}/full.tf").GetProperty("resource").GetProperty("azuread_application").GetProperty("oauth2_proxy")[0];

        Assert.Equal(["admin", "Reader.All"], app.GetProperty("app_role").EnumerateArray().Select(role => role.GetProperty("value").GetString()!));
        Assert.Equal("""["ApplicationGroup"]""", app.GetProperty("group_membership_claims").GetRawText());
        Assert.Equal(
            ["https://app.example.com/oauth2/callback", "https://www.example.com/oauth2/callback", "https://app.example.com/sign-in/callback", "https://app.example.com/signed-out"],
            app.GetProperty("web")[0].GetProperty("redirect_uris").EnumerateArray().Select(uri => uri.GetString()!));
    }

    [Fact]
    public void The_parser_is_able_to_reject()
    {
        string broken = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.tf");
        File.WriteAllText(broken, "resource \"a\" \"b\" {\n");
        try
        {
            Assert.NotEqual(0, ParseHcl(broken).ExitCode);
        }
        finally
        {
            File.Delete(broken);
        }
    }

    [Theory]
    [InlineData(Helm.Three, "manifests/entra/app-registration.az.sh", 1, "--allowed-group=22222222-3333-4444-5555-666666666666")]
    [InlineData(Helm.Four, "manifests/entra/app-registration.az.sh", 1, "--allowed-group=22222222-3333-4444-5555-666666666666")]
    [InlineData(Helm.Three, Golden + "/full.az.sh", 2, "--allowed-group=Reader.All")]
    [InlineData(Helm.Four, Golden + "/full.az.sh", 2, "--allowed-group=Reader.All")]
    public void The_helm_line_is_taken_by_the_chart(string version, string script, int lines, string argument)
    {
        string[] helm = [.. File.ReadLines(Path.Combine(KitFolder.Root, script)).Where(line => line.StartsWith("helm install ", StringComparison.Ordinal))];

        Assert.Equal(lines, helm.Length);
        Assert.All(helm, line =>
        {
            string rendered = Templated(version, line);
            Assert.Contains("--client-id=11111111-2222-3333-4444-555555555555", rendered, StringComparison.Ordinal);
            Assert.Contains(argument, rendered, StringComparison.Ordinal);
        });
    }

    /// <summary>What the line would install, with the two names filled in that only its reader knows.</summary>
    internal static string Templated(string version, string line)
    {
        string command = line
            .Replace("helm install", $"'{KitFolder.Tool(version)}' template", StringComparison.Ordinal)
            .Replace("CLIENT_ID", "11111111-2222-3333-4444-555555555555", StringComparison.Ordinal)
            .Replace("GROUP_OBJECT_ID", "22222222-3333-4444-5555-666666666666", StringComparison.Ordinal);
        Command run = Command.Run("bash", "-c", command);
        Assert.True(run.ExitCode == 0, run.Transcript);
        return run.Output;
    }

    internal static JsonElement ParsedHcl(string file)
    {
        Command run = ParseHcl(Path.Combine(KitFolder.Root, file));
        Assert.True(run.ExitCode == 0, run.Transcript);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private static Command ParseHcl(string file) => Command.RunIn(KitFolder.Tools, "node", "--input-type=module", "--eval",
        """
        import { parse } from "@cdktf/hcl2json";
        import { readFileSync } from "node:fs";
        process.stdout.write(JSON.stringify(await parse("main.tf", readFileSync(process.argv[1], "utf8"))));
        """, file);
}
