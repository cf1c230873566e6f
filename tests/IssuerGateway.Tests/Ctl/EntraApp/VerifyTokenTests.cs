using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary><c>trust verify entra-app --token</c> with a token of something else: the credential must not be changed to fit it.</summary>
public sealed class VerifyTokenTests : EntraProgramFixture
{
    private const string Workload = "kubectl create token azure-demo --namespace azure-demo --audience api://AzureADTokenExchange";

    [Theory]
    [InlineData("https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0", "user", "token-foreign")]
    [InlineData("kubernetes/serviceaccount", "system:serviceaccount:azure-demo:azure-demo", "token-legacy")]
    [InlineData("https://other.example.test", "system:serviceaccount:azure-demo:azure-demo", "credential-issuer")]
    [InlineData("ISSUER", "system:serviceaccount:azure-demo:default", "credential-subject")]
    public async Task Names_the_token_as_what_is_wrong(string issuer, string subject, string rule)
    {
        Register();

        ProgramResult run = await VerifyAsync(issuer, subject);

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains($"[{rule}]", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("federated-credential update", run.Output, StringComparison.Ordinal);
        Assert.Contains(Workload, OneLine(run.Output), StringComparison.Ordinal);
    }

    // A token that fits the credential of another workload says nothing of the one that the options name.
    [Theory]
    [InlineData("https://other.example.test", "system:serviceaccount:azure-demo:azure-demo", "token-issuer")]
    [InlineData("ISSUER", "system:serviceaccount:azure-demo:other", "token-subject")]
    public async Task Names_a_token_of_another_workload_that_the_app_accepts(string issuer, string subject, string rule)
    {
        Register();
        PutCredential("another", issuer == "ISSUER" ? IssuerStandIn.Identifier : issuer, subject);

        ProgramResult run = await VerifyAsync(issuer, subject);

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains($"[{rule}]", run.Output, StringComparison.Ordinal);
        Assert.Contains(Workload, OneLine(run.Output), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ISSUER/", "system:serviceaccount:azure-demo:azure-demo", "credential-issuer")]
    [InlineData("ISSUER", "system:serviceaccount:azure-demo:Azure-Demo", "credential-subject")]
    public async Task Names_the_credential_when_only_its_spelling_differs(string issuer, string subject, string rule)
    {
        Register();

        ProgramResult run = await VerifyAsync(issuer, subject);

        Assert.Contains($"[{rule}]", run.Output, StringComparison.Ordinal);
        Assert.Contains($"az ad app federated-credential update --id {GraphStandIn.AppId} --federated-credential-id kubernetes --parameters", OneLine(run.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Could_not_run_where_Graph_rejects_the_account()
    {
        Register();
        Graph.Fail("GET /v1.0/applications(uniqueName='oauth2-proxy')", 403, GraphStandIn.Error("Authorization_RequestDenied", "x"));

        Assert.Equal(3, (await RunAsync("verify", issuer: Issuer)).ExitCode);
    }

    private static string OneLine(string output) => string.Join(' ', output.Split((char[])[' ', '\n', '\\'], StringSplitOptions.RemoveEmptyEntries));

    private async Task<ProgramResult> VerifyAsync(string issuer, string subject)
    {
        string claims = $$"""{"iss":"{{issuer.Replace("ISSUER", IssuerServer.WithPort(IssuerStandIn.Identifier), StringComparison.Ordinal)}}","sub":"{{subject}}","aud":["api://AzureADTokenExchange"]}""";
        string token = Path.Combine(Folder.FullName, "token");
        await File.WriteAllTextAsync(token, string.Join('.', new[] { "{\"alg\":\"RS256\",\"kid\":\"x\"}", claims, "signature" }.Select(part => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part)))));
        return await RunAsync("verify", issuer: $"{Issuer} --token {token}");
    }

    private void Register()
    {
        Graph.PutApplication("oauth2-proxy", new JsonObject
        {
            ["displayName"] = "oauth2-proxy",
            ["signInAudience"] = "AzureADMyOrg",
            ["web"] = new JsonObject { ["redirectUris"] = new JsonArray("https://app.example.com/oauth2/callback") },
            ["spa"] = new JsonObject { ["redirectUris"] = new JsonArray() },
            ["groupMembershipClaims"] = "ApplicationGroup",
        });
        Graph.HasServicePrincipal = true;
        PutCredential("kubernetes", IssuerStandIn.Identifier, Subject);
        Graph.Grants.Add(new JsonObject { ["consentType"] = "AllPrincipals", ["scope"] = "openid profile email offline_access User.Read" });
    }
}
