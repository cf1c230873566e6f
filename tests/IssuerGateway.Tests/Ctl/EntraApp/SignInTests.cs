using IssuerGateway.Ctl.Parties.EntraApp.SignIn;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>Who is signed in at Microsoft Graph, and what is said when nobody is.</summary>
public sealed class SignInTests : EntraProgramFixture
{
    private const string FileHint = "hint: name the file that the access token is in, or sign in without one (az login --allow-no-subscriptions --tenant TENANT)\n";

    [Fact]
    public async Task A_token_file_is_read_again_when_its_token_has_aged()
    {
        string file = Write("token", "other-token");
        Assert.Equal(3, (await RunLineAsync($"trust plan entra-app {Registration} {Issuer} --access-token-file {file} --graph-endpoint {Graph.Url}")).ExitCode);

        Write("token", GraphStandIn.Token);
        Assert.Equal(0, (await RunLineAsync($"trust plan entra-app {Registration} {Issuer} --access-token-file {file} --graph-endpoint {Graph.Url}")).ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("one\ntwo")]
    [InlineData("größe")]
    [InlineData("\"EwBopaque\"")]
    [InlineData("{\"accessToken\":\"EwBopaque\"}")]
    [InlineData("\uFEFFEwBopaque")]
    public async Task A_file_that_holds_no_token_is_rejected_without_showing_it(string content)
    {
        string file = Write("token", content);

        Assert.Equal(new ProgramResult(2, "",
            $"error: --access-token-file: \"{file}\" has something else than one token: write it alone, without quotes, JSON or a byte order mark\n{FileHint}"),
            await RunLineAsync($"trust plan entra-app {Registration} {Issuer} --access-token-file {file} --graph-endpoint {Graph.Url}"));
        Assert.Empty(Graph.Requests);
    }

    [Fact]
    public async Task A_file_that_is_not_there_or_far_too_large_is_reported()
    {
        string large = Write("large", new string('x', 65537));

        Assert.Equal($"error: --access-token-file: \"{large}\" has more than 65536 bytes", await FirstLineAsync(large));
        Assert.Equal("error: --access-token-file: \"/nowhere/token\" does not exist", await FirstLineAsync("/nowhere/token"));
        Assert.Equal($"error: --access-token-file: \"{Folder.FullName}\" is a folder", await FirstLineAsync(Folder.FullName));
    }

    /// <summary>As for every other file that an option names.</summary>
    [Theory]
    [InlineData("plan")]
    [InlineData("verify")]
    public async Task A_wrong_file_exits_with_2(string verb) => Assert.Equal(
        new ProgramResult(2, "", $"error: --access-token-file: \"/nowhere/token\" does not exist\n{FileHint}"),
        await RunLineAsync($"trust {verb} entra-app {Registration} {Issuer} --access-token-file /nowhere/token --graph-endpoint {Graph.Url}"));

    [Fact]
    public async Task A_token_in_place_of_the_file_is_not_shown()
    {
        const string pasted = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4eHh4eHh4eHh4In0.c2lnbmF0dXJlc2lnbmF0dXJl";

        ProgramResult run = await RunLineAsync($"trust plan entra-app {Registration} {Issuer} --access-token-file {pasted} --graph-endpoint {Graph.Url}");

        Assert.Equal((2, "error: --access-token-file: the value is a token, and a file is expected"), (run.ExitCode, run.Error.Split('\n')[0]));
    }

    [Fact]
    public void The_ids_that_support_requests_are_whole_however_long_the_text()
    {
        const string ids = "Trace ID: 11111111-1111-1111-1111-111111111100 Correlation ID: 22222222-2222-2222-2222-222222222200 Timestamp: 2026-11-28 12:00:00Z";
        InvalidOperationException entra = new($"AADSTS70021: {new string('x', 400)}\n{ids.Replace(" C", "\nC", StringComparison.Ordinal).Replace(" Timestamp", "\nTimestamp", StringComparison.Ordinal)}");

        Assert.EndsWith($"... ({ids})", SignInFailure.Of(entra).Message, StringComparison.Ordinal);
        Assert.EndsWith($"... ({ids})", IssuerGateway.Checking.Exchange.EntraErrors.Printable($"AADSTS70021: {new string('x', 400)} {ids}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("environment")]
    [InlineData("workload-identity")]
    public async Task A_method_that_is_not_set_up_exits_with_3(string method)
    {
        ProgramResult run = await RunLineAsync($"trust plan entra-app {Registration} {Issuer} --sign-in {method} --graph-endpoint {Graph.Url}");

        Assert.Equal(3, run.ExitCode);
        Assert.StartsWith("error: no sign-in to Entra: ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("\nhint: az login --allow-no-subscriptions --tenant TENANT, or --sign-in device-code, or --access-token-file FILE\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(Graph.Requests);
    }

    [Theory]
    [InlineData("90002", "there is no such tenant in this cloud: check the tenant id (az account show --query tenantId -o tsv) and the cloud")]
    [InlineData("70021", "no federated credential for this issuer: compare slash, letter case and path of the credential's issuer with the token's iss; a new credential takes minutes")]
    [InlineData("7002138", "the subject differs only in letter case: copy the subject from the token")]
    [InlineData("700016", "the app is not in this tenant: check AZURE_CLIENT_ID, AZURE_TENANT_ID and --tenant")]
    [InlineData("99999", "not a code of workload identity federation: look it up: https://login.microsoftonline.com/error?code=99999")]
    public void Entra_s_code_is_kept_and_explained(string code, string hint)
    {
        InvalidOperationException entra = new($"A configuration issue is preventing authentication. Original exception: AADSTS{code}: Something. Trace ID: 1\nMore.");
        InvalidOperationException wrapper = new("ClientAssertionCredential authentication failed: \nSee the troubleshooting guide for more information.", entra);

        string link = code == "99999" ? "" : $" (docs/troubleshooting/aadsts.md#aadsts{code})";
        Assert.Equal(($"no sign-in to Entra: AADSTS{code}: Something. Trace ID: 1", $"{hint}{link}"), (SignInFailure.Of(wrapper).Message, SignInFailure.Of(wrapper).Hint));
    }

    /// <summary>What Azure.Identity and Azure.Core write about themselves fills a line, and the cause is behind it.</summary>
    [Theory]
    [InlineData("Retry failed after 4 tries. Retry settings can be adjusted in ClientOptions.Retry or by configuring a custom retry policy in ClientOptions.RetryPolicy. (Connection refused (localhost:1)) (Connection refused (localhost:1))", "Connection refused (localhost:1)", "Connection refused (localhost:1)")]
    [InlineData("An error response was returned by the OAuth2 server, but it could not be parsed. Please inspect the exception properties for details.", "x", "An error response was returned by the OAuth2 server, but it could not be parsed.")]
    public void The_cause_is_shown_without_advice_for_programmers(string text, string inner, string shown)
    {
        InvalidOperationException cause = new(text, new InvalidOperationException(inner));
        InvalidOperationException wrapper = new($"ClientSecretCredential authentication failed: {text}\nSee the troubleshooting guide for more information.", cause);

        Assert.Equal($"no sign-in to Entra: ClientSecretCredential authentication failed: {shown}", SignInFailure.Of(wrapper).Message);
    }

    private async Task<string> FirstLineAsync(string file) =>
        (await RunLineAsync($"trust plan entra-app {Registration} {Issuer} --access-token-file {file} --graph-endpoint {Graph.Url}")).Error.Split('\n')[0];

    private string Write(string name, string content)
    {
        string file = Path.Combine(Folder.FullName, name);
        File.WriteAllText(file, content);
        return file;
    }
}
