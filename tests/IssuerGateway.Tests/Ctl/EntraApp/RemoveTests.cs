using System.Text.Json.Nodes;

namespace IssuerGateway.Tests.Ctl.EntraApp;

public sealed class RemoveTests : EntraProgramFixture
{
    private const string CredentialDelete = $"DELETE /v1.0/applications(appId='{GraphStandIn.AppId}')/federatedIdentityCredentials/id-of-kubernetes";
    private const string ApplicationDelete = $"DELETE /v1.0/applications(appId='{GraphStandIn.AppId}')";

    [Fact]
    public async Task What_apply_made_is_taken_away_whole()
    {
        await RunAsync("apply");
        Graph.Forget();

        ProgramResult run = await RunAsync("remove --yes");

        Assert.Equal(new ProgramResult(0,
            """
            federated credential "kubernetes"
              - of subject system:serviceaccount:azure-demo:azure-demo
            application "oauth2-proxy"
              - with its service principal
            0 to add, 0 to change, 2 to remove
            federated credential: removed
            application: removed

            """, ""), run);
        Assert.Equal([CredentialDelete, ApplicationDelete], Writes);
        Assert.Equal(new ProgramResult(0, "nothing to change\n", ""), await RunAsync("remove --yes"));
    }

    [Fact]
    public async Task What_others_put_into_the_app_stays()
    {
        await RunAsync("apply");
        PutCredential("theirs", "https://other.example.com", Subject);
        Graph.Application!["web"] = JsonNode.Parse("""{"redirectUris":["https://other.example.com/signin","https://app.example.com/oauth2/callback"]}""");
        Graph.Application["passwordCredentials"] = JsonNode.Parse("""[{"keyId":"1"}]""");
        Graph.Application["keyCredentials"] = JsonNode.Parse("""[{"keyId":"2"}]""");
        Graph.Forget();

        ProgramResult run = await RunAsync("remove --yes");

        Assert.Equal(new ProgramResult(0,
            """
            federated credential "kubernetes"
              - of subject system:serviceaccount:azure-demo:azure-demo
            application "oauth2-proxy"
              - redirect URL https://app.example.com/oauth2/callback
                kept: has 1 other federated credential and 1 other redirect URL and a client secret and a certificate
            0 to add, 0 to change, 2 to remove
            federated credential: removed
            redirect URLs: removed

            """, ""), run);
        Assert.Equal([CredentialDelete, $"PATCH /v1.0/applications(appId='{GraphStandIn.AppId}') " + """{"web":{"redirectUris":["https://other.example.com/signin"]}}"""], Writes);
    }

    [Fact]
    public async Task An_app_and_a_credential_that_it_did_not_make_stay()
    {
        Graph.PutApplication("oauth2-proxy", JsonNode.Parse("""{"displayName":"oauth2-proxy","web":{"redirectUris":["https://app.example.com/oauth2/callback"]}}""")!.AsObject());
        PutCredential("kubernetes", IssuerStandIn.Identifier, Subject);

        ProgramResult run = await RunAsync("remove --yes");

        Assert.Equal(new ProgramResult(0,
            """
            federated credential "kubernetes"
                kept: was not made by this program
            application "oauth2-proxy"
                kept: was not made by this program
            nothing to change

            """, ""), run);
        Assert.Empty(Writes);
    }

    [Fact]
    public async Task Its_credential_in_somebody_else_s_app_goes_alone()
    {
        Graph.PutApplication("oauth2-proxy", JsonNode.Parse("""{"displayName":"oauth2-proxy","signInAudience":"AzureADMyOrg"}""")!.AsObject());
        await RunAsync("apply");
        Graph.Forget();

        Assert.Equal(0, (await RunAsync("remove --yes")).ExitCode);
        Assert.Equal([CredentialDelete], Writes);
    }

    [Fact]
    public async Task A_credential_that_was_changed_since_is_kept_with_its_app()
    {
        await RunAsync("apply");
        Graph.Credentials.Single()["subject"] = "system:serviceaccount:other:other";
        Graph.Forget();

        ProgramResult run = await RunAsync("remove --yes");

        Assert.Contains("kept: has another issuer, subject or audience than the options say\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Writes, write => write.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_issuer_that_is_gone_is_no_obstacle()
    {
        await RunAsync("apply");
        IssuerServer.Responses.Clear();

        Assert.Equal(0, (await RunAsync("remove --yes")).ExitCode);
        Assert.Null(Graph.Application);
    }

    [Theory]
    [InlineData("yes\n", 0, "remove? [yes/no] ")]
    [InlineData(" yes \n", 0, "remove? [yes/no] ")]
    [InlineData("y\n", 1, "remove? [yes/no] error: not agreed, nothing was removed\nhint: type yes, or add --yes\n")]
    [InlineData("no\n", 1, "remove? [yes/no] error: not agreed, nothing was removed\nhint: type yes, or add --yes\n")]
    [InlineData("", 1, "remove? [yes/no] error: not agreed, nothing was removed\nhint: type yes, or add --yes\n")]
    public async Task Asks_a_person(string typed, int exitCode, string said)
    {
        await RunAsync("apply");
        Graph.Forget();

        ProgramResult run = await RunAsync("remove", interactive: true, typed: typed);

        Assert.Equal((exitCode, said), (run.ExitCode, run.Error));
        Assert.Equal(exitCode == 0 ? 2 : 0, Writes.Count);
    }

    [Fact]
    public async Task Removes_nothing_when_nobody_is_there_to_confirm()
    {
        await RunAsync("apply");
        Graph.Forget();

        ProgramResult run = await RunAsync("remove", typed: "yes\n");

        Assert.Equal((2, "error: not an interactive terminal, so nothing was removed\nhint: add --yes\n"), (run.ExitCode, run.Error));
        Assert.Empty(Writes);
    }

    [Fact]
    public async Task After_a_failure_in_the_middle_the_second_remove_takes_the_rest()
    {
        await RunAsync("apply");
        Graph.Forget();
        Graph.Fail("DELETE /v1.0/applications(appId='" + GraphStandIn.AppId + "')", 500, times: 1, afterwards: true);

        ProgramResult first = await RunAsync("remove --yes");
        Assert.Equal(3, first.ExitCode);
        Assert.EndsWith("hint: Graph is in trouble: run it again later, what is done stays done; remove again takes the rest\n", first.Error, StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync("remove --yes")).ExitCode);
        Assert.Null(Graph.Application);
    }

    [Fact]
    public async Task What_somebody_removed_meanwhile_counts_as_removed()
    {
        await RunAsync("apply");
        Graph.Fail("DELETE", 404, GraphStandIn.Error("Request_ResourceNotFound", "Gone."), times: 2);

        Assert.Equal(0, (await RunAsync("remove --yes")).ExitCode);
    }
}
