using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using IssuerGateway.Base;
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
    [InlineData("j\u00fcrgen dir/\u65e5\u672c.pem")]
    [InlineData("j\u0075\u0308rgen, \U0001F511 and \u20ac")]
    [InlineData("=ls")]
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
            new SignInExpectation { Issuer = issuer, Subject = "system:serviceaccount:shop:web", Audience = "api://AzureADTokenExchange", CredentialName = "the cluster's", Apply = "issuerctl trust apply entra-app" },
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

    /// <summary>What a terminal does not show, or reorders, is written as bytes, so that the word is copied as it is.</summary>
    [Theory]
    [InlineData("a\nb\u001b[2Jc")]
    [InlineData("\u202e$(touch pwned)\u202c")]
    [InlineData("'\n`touch pwned`\n'")]
    [InlineData("\r\n")]
    [InlineData("zero\u200bwidth and no\u00a0break")]
    [InlineData("private \ue000, mark \ufeff, and not assigned \u0378")]
    public async Task What_is_not_shown_stays_in_the_word(string text)
    {
        string quoted = ShellText.Quote(text);

        Assert.Equal(quoted, TerminalText.Line(quoted));
        Assert.All(quoted, c => Assert.InRange(c, ' ', '~'));
        using Process shell = Process.Start(new ProcessStartInfo("bash", ["-c", $"printf %s {quoted}"]) { RedirectStandardOutput = true, WorkingDirectory = "/" })!;
        Assert.Equal(text, await new StreamReader(shell.StandardOutput.BaseStream, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false).ReadToEndAsync(TestContext.Current.CancellationToken));
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.False(File.Exists("/pwned"));
    }

    [Fact]
    public void What_no_command_can_have_is_left_out_and_not_cut()
    {
        Assert.Equal(new string('a', 4096), ShellText.Quote(new string('a', 4096)));
        Assert.Equal("VALUE-TOO-LONG-TO-SHOW", ShellText.Quote(new string('a', 4097)));
        Assert.Equal("VALUE-THAT-NO-COMMAND-CAN-HAVE", ShellText.Quote("a\0b"));
        Assert.Equal("VALUE-THAT-NO-COMMAND-CAN-HAVE", ShellText.Quote("a\ud800b"));
    }

    [Fact]
    public void A_file_whose_name_starts_with_a_hyphen_is_no_option() => Assert.Equal(("./-rf", "'a b'"), (ShellText.File("-rf"), ShellText.File("a b")));

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
