using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Commands;

namespace IssuerGateway.Tests.Ctl.EntraApp.Rendering;

/// <summary>Command lines as typed, with what they print and their exit codes.</summary>
public class RenderCommandTests
{
    private const string Good = "--tenant 00000000-0000-0000-0000-000000000000 --app-name oauth2-proxy --host app.example.com "
        + "--issuer https://oidc.example.com --namespace azure-demo --service-account azure-demo --credential-name kubernetes";

    [Theory]
    [InlineData("az", "#!/usr/bin/env bash")]
    [InlineData("bicep", "// An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.")]
    [InlineData("terraform", "# An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.")]
    [InlineData("JSON", "{")]
    public async Task Prints_the_text_and_nothing_else(string format, string firstLine)
    {
        (int exitCode, string output, string error) = await RunAsync($"entra-app --format {format} {Good}");

        Assert.Equal((0, firstLine, ""), (exitCode, output.Split('\n')[0], error));
    }

    [Fact]
    public async Task Repeated_options_add_up()
    {
        (int exitCode, string output, _) = await RunAsync($"entra-app --format json {Good} --host b.example.com --app-role a --app-role b --group-claims SecurityGroup");

        Assert.Equal(0, exitCode);
        Assert.Contains("https://b.example.com/oauth2/callback", output, StringComparison.Ordinal);
        Assert.Contains("\"value\": \"b\"", output, StringComparison.Ordinal);
        Assert.Contains("\"groupMembershipClaims\": \"SecurityGroup\"", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("usgov", "https://login.microsoftonline.us")]
    [InlineData("china", "https://login.partner.microsoftonline.cn")]
    public async Task Warns_of_OAuth2_Proxy_in_a_sovereign_cloud(string cloud, string login)
    {
        (int exitCode, string output, string error) = await RunAsync($"entra-app --format az {Good} --cloud {cloud}");

        Assert.Equal(0, exitCode);
        Assert.Equal(
            $"warning: OAuth2 Proxy's provider entra-id accepts only issuers https://login.microsoftonline.com/TENANT/v2.0, and --cloud {cloud} signs in at {login}: its start will fail\n"
            + "hint: use its provider oidc with a client secret in this cloud, or another relying party that exchanges the token itself\n", error);
        Assert.Contains("# warning: OAuth2 Proxy's provider entra-id accepts only", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "error: --format: is required: one of az, bicep, terraform, json, patch, configmap, values, init\nhint: az is the quickest to try\n")]
    [InlineData("--format yaml", "error: --format: found \"yaml\", expected one of az, bicep, terraform, json, patch, configmap, values, init\nhint: az is the quickest to try\n")]
    [InlineData("--format az --credential-name ab",
        "error: --credential-name: found \"ab\", expected 3 to 120 of A-Z a-z 0-9 _ -, the first a letter or digit\nhint: the name is part of a URL in Microsoft Graph and cannot be changed later\n")]
    public async Task Wrong_values_print_no_text_and_exit_with_2(string format, string said)
    {
        string line = Good.Replace("--credential-name kubernetes", format.Contains("credential", StringComparison.Ordinal) ? "" : "--credential-name kubernetes", StringComparison.Ordinal);

        Assert.Equal((2, "", said), await RunAsync($"entra-app {format} {line}"));
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string line)
    {
        StringWriter output = new();
        StringWriter error = new();
        RootCommand root = new() { RenderCommand.Create(new Terminal(output, error, program: null)) };
        int exitCode = await root.Parse(line).InvokeAsync();
        return (exitCode, output.ToString(), error.ToString());
    }
}
