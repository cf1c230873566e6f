using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.SignIn;

namespace IssuerGateway.Tests.Checking;

/// <summary>A fix is a command that a person copies: no text of a server may run anything in it.</summary>
public sealed class ShellTextTests
{
    [Theory]
    [InlineData("https://oidc.example.com")]
    [InlineData("$(touch pwned)")]
    [InlineData("`touch pwned`")]
    [InlineData("'; touch pwned; '")]
    [InlineData("\"; touch pwned; \"")]
    [InlineData("a'b\"c\\d")]
    [InlineData("!history")]
    [InlineData("~root")]
    [InlineData("*")]
    [InlineData("")]
    [InlineData("-rf")]
    [InlineData("a;b|c&d>e<f(g)h{i}j[k]l#m")]
    public async Task Stays_one_word_in_a_shell(string text)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"printf %s {ShellText.Quote(text)}"]) { RedirectStandardOutput = true, WorkingDirectory = "/" })!;

        Assert.Equal(text, await shell.StandardOutput.ReadToEndAsync());
        await shell.WaitForExitAsync();
        Assert.False(File.Exists("/pwned"));
    }

    [Fact]
    public async Task A_command_over_several_lines_is_one_command_when_it_is_copied()
    {
        const string issuer = "https://oidc.example.com/a b's";
        StepReport report = SignInValidation.Validate(
            new SignInFacts { ClientId = "11111111-2222-3333-4444-555555555555", Credentials = [new SignInCredential("the cluster's", "https://other.example.com", "s", ["a"])] },
            new SignInExpectation { Issuer = issuer, Subject = "system:serviceaccount:shop:web", Audience = "api://AzureADTokenExchange", Apply = "issuerctl trust apply entra-app" },
            TimeProvider.System);
        string[] lines = [.. FindingText.Lines([report.Findings.Single(finding => finding.Id == "credential-issuer")], 1, DateTimeOffset.UnixEpoch)];
        string[] fix = [.. lines.SkipWhile(line => !line.StartsWith("    Fix", StringComparison.Ordinal)).TakeWhile(line => !line.StartsWith("    More", StringComparison.Ordinal)).Select(line => line[15..])];

        Assert.True(fix.Length > 1);
        Assert.All(fix, line => Assert.True(line.Length <= 65, line));
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"az() {{ printf '%s|' \"$@\"; }}\n{string.Join('\n', fix)}"]) { RedirectStandardOutput = true })!;
        Assert.Equal(
            ["ad", "app", "federated-credential", "update", "--id", "11111111-2222-3333-4444-555555555555", "--federated-credential-id", "the cluster's", "--parameters",
                $$"""{"issuer":"{{issuer}}","subject":"system:serviceaccount:shop:web","audiences":["api://AzureADTokenExchange"]}"""],
            (await shell.StandardOutput.ReadToEndAsync()).TrimEnd('|').Split('|').Select(word => word.StartsWith('{') ? JsonNode.Parse(word)!.ToJsonString(new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) : word));
        await shell.WaitForExitAsync();
    }

    [Fact]
    public void Has_no_control_characters() => Assert.Equal("'a?b?c'", ShellText.Quote("a\nb\u001bc"));

    [Fact]
    public async Task Every_fix_quotes_what_the_documents_say()
    {
        // A URL with a backtick is neither requested nor registered.
        const string evil = "/$(touch);touch";
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = $$"""{"issuer":"{{issuer.Issuer}}{{evil}}","jwks_uri":"{{issuer.Issuer}}{{evil}}"}""";
        issuer.Misbehave = http =>
        {
            bool isKeys = !http.Request.Path.Value!.EndsWith("configuration", StringComparison.Ordinal);
            http.Response.StatusCode = isKeys ? 500 : 200;
            return Task.FromResult(isKeys);
        };

        CheckFinding[] findings = [.. (await issuer.CheckAsync()).Findings.Where(finding => finding.Fix.Contains("touch", StringComparison.Ordinal))];

        Assert.Equal(["issuer-mismatch", "http-status"], findings.Select(finding => finding.Id));
        Assert.All(findings, finding => Assert.DoesNotContain("touch", WithoutQuoted(finding.Fix), StringComparison.Ordinal));
    }

    private static string WithoutQuoted(string text) => string.Concat(text.Split('\'').Where((_, i) => i % 2 == 0));
}
