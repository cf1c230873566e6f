using IssuerGateway.Base;
using IssuerGateway.Ctl;
using IssuerGateway.Tests.Ctl.Parties;

namespace IssuerGateway.Tests.Ctl;

/// <summary>A mistyped command line: one sentence for each mistake, and the command or option that was probably meant.</summary>
public class CommandLineTests
{
    [Theory]
    [InlineData("trust apply aws --account 111122223333 --role shop", "aws has no apply; it has render, verify, test", "issuerctl trust render aws --help")]
    [InlineData("trust plan google", "google has no plan; it has render, verify, test, drift", "issuerctl trust render google --help")]
    [InlineData("trust remove kubernetes --yes", "kubernetes has no remove; it has render, verify, test", "issuerctl trust render kubernetes --help")]
    [InlineData("trust drift aws", "aws has no drift; it has render, verify, test", "issuerctl trust render aws --help")]
    [InlineData("trust render amazon --role shop", "unrecognized command or argument 'amazon'", "issuerctl trust render --help lists what there is")]
    [InlineData("trust rendr aws --role shop", "unrecognized command or argument 'rendr'", "did you mean render? issuerctl trust --help lists what there is")]
    [InlineData("trust render valt", "unrecognized command or argument 'valt'", "did you mean vault? issuerctl trust render --help lists what there is")]
    [InlineData("trust render aws --namespce apps", "unrecognized command or argument '--namespce'", "did you mean --namespace? issuerctl trust render aws --help lists what there is")]
    [InlineData("trust render aws --serviceaccount shop", "unrecognized command or argument '--serviceaccount'", "did you mean --service-account? issuerctl trust render aws --help lists what there is")]
    [InlineData("trust plan entra-identity --subscription-id x", "unrecognized command or argument '--subscription-id'", "did you mean --subscription? issuerctl trust plan entra-identity --help lists what there is")]
    [InlineData("trust test vault --tokn=secret", "unrecognized command or argument '--tokn'", "did you mean --token? issuerctl trust test vault --help lists what there is")]
    [InlineData("trust render aws shop", "unrecognized command or argument 'shop'", "issuerctl trust render aws --help lists what there is")]
    [InlineData("trust render aws --issuer https://a --issuer https://b", "option '--issuer' expects a single argument but 2 were provided", "issuerctl trust render aws --help lists what there is")]
    public async Task A_mistake_is_one_sentence_and_a_way_on(string line, string message, string hint)
    {
        (int exitCode, string output, string error) = await Samples.RunAsync(line.Split(' '));

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal($"error: {message}\nhint: {hint}\n", error);
    }

    /// <summary>A variable of the shell that is not set leaves an empty value, of which .NET says that it is a wrong 'path'.</summary>
    [Theory]
    [InlineData("trust verify entra-app", "--token")]
    [InlineData("trust verify entra-app", "--ca")]
    [InlineData("trust verify entra-app", "--access-token-file")]
    [InlineData("check https://oidc.example.com", "--ca")]
    [InlineData("check https://oidc.example.com", "--token")]
    public async Task An_empty_value_in_place_of_a_file_is_named(string verb, string option)
    {
        string[] rest = verb == "check https://oidc.example.com" ? [] :
            ["--issuer", "https://oidc.example.com", "--namespace", "apps", "--service-account", "shop", "--tenant", Samples.Guid, "--app-name", "shop", "--host", "shop.example.com", "--graph-endpoint", "http://127.0.0.1:1"];

        (int exitCode, string output, string error) = await Samples.RunAsync([.. verb.Split(' '), .. rest, option, ""]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains($"error: {option}: the value is empty\nhint: is a variable of the shell not set?\n", error, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("render", "entra-app entra-identity aws google vault openbao kubernetes")]
    [InlineData("plan", "entra-app entra-identity vault openbao")]
    [InlineData("apply", "entra-app entra-identity vault openbao")]
    [InlineData("remove", "entra-app entra-identity vault openbao")]
    [InlineData("verify", "entra-app entra-identity aws google vault openbao kubernetes")]
    [InlineData("test", "entra-app entra-identity aws google vault openbao kubernetes")]
    [InlineData("drift", "google vault openbao")]
    public async Task The_help_of_every_party_has_an_example_that_is_understood(string verb, string parties)
    {
        foreach (string party in parties.Split(' '))
        {
            (int exitCode, string help, _) = await Samples.RunAsync(["trust", verb, party, "--help"]);

            Assert.Equal(0, exitCode);
            string example = Assert.Single(help.Split('\n'), line => line.Contains("Example: ", StringComparison.Ordinal)).Split("Example: ")[1].Replace("GUID", Samples.Guid, StringComparison.Ordinal);
            Assert.Contains("Exit codes: 0 ", help, StringComparison.Ordinal);
            Assert.StartsWith($"issuerctl trust {verb} {party} ", example, StringComparison.Ordinal);
            Assert.Empty(CtlCommand.Root(new ProgramEnvironment { Terminal = new Terminal(TextWriter.Null, TextWriter.Null, program: null) }).Parse(example.Split(' ')[1..]).Errors);
            if (verb == "render")
            {
                Assert.Equal(0, (await Samples.RunAsync(example.Split(' ')[1..])).ExitCode);
            }
        }

        (_, string list, _) = await Samples.RunAsync(["trust", verb, "--help"]);
        Assert.DoesNotContain("Example: ", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_mistakes_are_two_sentences()
    {
        (_, _, string error) = await Samples.RunAsync(["trust", "render", "aws", "--nonsense", "1", "--other=2", "3"]);

        Assert.Equal(["error: unrecognized command or argument '--nonsense'", "error: unrecognized command or argument '--other'", "error: unrecognized command or argument '3'"], error.Split('\n').Where(line => line.StartsWith("error", StringComparison.Ordinal)));
    }
}
