using IssuerGateway.Entra.SignIn;

namespace IssuerGateway.Tests.Entra;

/// <summary>Who is signed in at Microsoft Graph, and what is said when nobody is.</summary>
public sealed class SignInTests : EntraProgramFixture
{
    [Fact]
    public async Task A_token_file_is_read_anew_when_its_token_has_aged()
    {
        string file = Write("token", "other-token");
        Assert.Equal(1, (await RunLineAsync($"plan {Registration} {Issuer} --access-token-file {file} --graph-endpoint {Graph.Url}")).ExitCode);

        Write("token", GraphStandIn.Token);
        Assert.Equal(0, (await RunLineAsync($"plan {Registration} {Issuer} --access-token-file {file} --graph-endpoint {Graph.Url}")).ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("one\ntwo")]
    [InlineData("größe")]
    public async Task A_file_that_holds_no_token_is_refused_without_showing_it(string content)
    {
        string file = Write("token", content);

        Assert.Equal(new ProgramResult(3, "",
            $"error: no sign-in to Entra: --access-token-file \"{file}\": not one token on one line\nhint: az login --tenant TENANT, or --sign-in device-code, or --access-token-file FILE\n"),
            await RunLineAsync($"plan {Registration} {Issuer} --access-token-file {file} --graph-endpoint {Graph.Url}"));
        Assert.Empty(Graph.Requests);
    }

    [Fact]
    public async Task A_file_that_is_not_there_or_far_too_large_is_told()
    {
        string large = Write("large", new string('x', 65537));

        Assert.Equal($"error: no sign-in to Entra: --access-token-file \"{large}\": more than 65536 bytes", await FirstLineAsync(large));
        Assert.StartsWith("error: no sign-in to Entra: --access-token-file \"/nowhere/token\": Could not find", await FirstLineAsync("/nowhere/token"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("environment")]
    [InlineData("workload-identity")]
    public async Task A_method_that_is_not_set_up_exits_with_3(string method)
    {
        ProgramResult run = await RunLineAsync($"plan {Registration} {Issuer} --sign-in {method} --graph-endpoint {Graph.Url}");

        Assert.Equal(3, run.ExitCode);
        Assert.StartsWith("error: no sign-in to Entra: ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("\nhint: az login --tenant TENANT, or --sign-in device-code, or --access-token-file FILE\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(Graph.Requests);
    }

    [Theory]
    [InlineData("70021", "no federated credential for this issuer: compare slash, letter case and path, or wait for a new one to spread")]
    [InlineData("700211", "no federated credential for this issuer: compare slash, letter case and path, or wait for a new one to spread")]
    [InlineData("700212", "audience differs: mint the token with audience api://AzureADTokenExchange")]
    [InlineData("700213", "subject differs: align the federated credential of the app that signs in with namespace and service account")]
    [InlineData("7002138", "subject differs in letter case: align the federated credential of the app that signs in")]
    [InlineData("70025", "the app that signs in has no federated credential: create it")]
    [InlineData("700016", "the app is not in this tenant: compare AZURE_CLIENT_ID and --tenant")]
    [InlineData("50166", "Entra cannot fetch the issuer's documents: issuer-gateway check shows what it sees")]
    [InlineData("501661", "Entra cannot fetch the issuer's documents: issuer-gateway check shows what it sees")]
    [InlineData("90061", "Entra cannot fetch the issuer's documents: issuer-gateway check shows what it sees")]
    [InlineData("900612", "Entra cannot read the issuer's keys: issuer-gateway check shows what it sees")]
    [InlineData("7000272", "the signing key is not published: issuer-gateway check shows what it sees")]
    [InlineData("7000274", "the signature is wrong: the token was altered on its way")]
    [InlineData("5002738", "the algorithm is not supported: sign with an RSA key")]
    [InlineData("5002727", "the header typ is not JWT")]
    [InlineData("70023", "the token lives longer than 25 hours or has no iat: set a shorter expirationSeconds")]
    [InlineData("700024", "the token is not valid now: compare the clocks")]
    [InlineData("99999", "az login --tenant TENANT, or --sign-in device-code, or --access-token-file FILE")]
    public void Entra_s_code_is_kept_and_explained(string code, string hint)
    {
        string message = $"ClientAssertionCredential authentication failed: \n AADSTS{code}: Something. Trace ID: 1\nSee the troubleshooting guide for more information.";

        Assert.Equal($"error: no sign-in to Entra: AADSTS{code}: Something. Trace ID: 1\nhint: {hint}", SignInFailure.Of(message).ToString());
    }

    private async Task<string> FirstLineAsync(string file) =>
        (await RunLineAsync($"plan {Registration} {Issuer} --access-token-file {file} --graph-endpoint {Graph.Url}")).Error.Split('\n')[0];

    private string Write(string name, string content)
    {
        string file = Path.Combine(Folder.FullName, name);
        File.WriteAllText(file, content);
        return file;
    }
}
