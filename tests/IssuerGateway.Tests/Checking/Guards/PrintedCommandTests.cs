using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking.Rules;

namespace IssuerGateway.Tests.Checking.Guards;

/// <summary>What a person copies is whole: not cut, not in other letters, not redacted.</summary>
public sealed partial class PrintedCommandTests
{
    [Theory]
    [InlineData("/keys[1]", true)]
    [InlineData("/keys{a,b}", true)]
    [InlineData("/keys?a=[1]", true)]
    [InlineData("/keys", false)]
    public async Task Curl_requests_the_URL_as_it_is(string path, bool needsOption)
    {
        Assert.True(DocumentUrl.TryParse($"http://127.0.0.1:1{path}", allowPlain: true, out DocumentUrl? url) || DocumentUrl.TryParse($"http://127.0.0.1:1{path.Split('{')[0]}?{path}", allowPlain: true, out url));
        string command = new CurlCommand(ConnectionOverrides.None, null).Body(url!);

        Assert.Equal(needsOption, command.StartsWith("curl -s -g ", StringComparison.Ordinal));

        // Nobody listens there; a range would be an error of its own (3, or several requests).
        Assert.Equal(7, await ExitCodeAsync(command));
    }

    [Fact]
    public void Curl_has_every_address_of_the_option()
    {
        string option = $"oidc.example.com:443:{string.Join(',', Enumerable.Range(1, 200).Select(i => $"127.0.1.{i}"))}";
        ConnectionOverrides overrides = ConnectionOverrides.Parse([option], [], null, false, []);
        _ = DocumentUrl.TryParse("https://oidc.example.com/keys", out DocumentUrl? url);

        string command = new CurlCommand(overrides, null).Verbose(url!);

        Assert.Equal($"curl -v --resolve {option} https://oidc.example.com/keys", command);
        Assert.All(overrides.UnusedNotes(), note => Assert.True(note.Length < 500, note));
    }

    [Fact]
    public void A_proxy_with_an_IPv6_address_is_in_brackets()
    {
        _ = DocumentUrl.TryParse("https://oidc.example.com/keys", out DocumentUrl? url);

        Assert.Equal("curl -v --proxy 'http://[::1]:8080' https://oidc.example.com/keys", new CurlCommand(ConnectionOverrides.None, new Uri("http://joe:pw@[::1]:8080")).Verbose(url!));
        Assert.Equal("curl -v --proxy http://proxy.example.com:80 https://oidc.example.com/keys", new CurlCommand(ConnectionOverrides.None, new Uri("http://proxy.example.com")).Verbose(url!));
    }

    [Fact]
    public async Task An_IPv6_proxy_is_named_with_brackets_in_what_was_found_too()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        CheckFinding finding = Assert.Single((await issuer.CheckAsync(issuer.Request() with { Proxy = new Uri("http://[::1]:1") })).Findings);

        Assert.Equal("proxy-failed", finding.Id);
        Assert.StartsWith("[::1]:1: ", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_of_a_proxy_is_sent_as_it_was_before_it_was_encoded()
    {
        NetworkCredential? credential = OperatorProxy.Of(new Uri("http://jo%65:p%40ss%3Aw%2Frd@[::1]:3128"))!.Credentials!.GetCredential(new Uri("http://[::1]:3128"), "Basic");

        Assert.Equal(("joe", "p@ss:w/rd"), (credential!.UserName, credential.Password));
    }

    /// <summary>The redactor is for what others wrote. It must not change what we advise.</summary>
    [Fact]
    public void No_text_of_a_rule_is_redacted() => Assert.All(
        RuleTable.All.SelectMany(rule => (string?[])[rule.Cause, rule.Expected, rule.Fix, .. rule.Parties.Select(party => party.Response)]).OfType<string>(),
        text => Assert.Equal(text, SecretText.Hide(text)));

    [Fact]
    public void No_text_in_the_code_is_redacted()
    {
        string[] literals =
        [
            .. ((string[])["src/IssuerGateway.Checking", "src/IssuerGateway/Cli"]).SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*.cs", SearchOption.AllDirectories))
                .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
                .SelectMany(File.ReadLines).Where(line => !line.Contains("GeneratedRegex", StringComparison.Ordinal)).SelectMany(line => Literal().Matches(line)).Select(match => match.Value),
        ];

        Assert.True(literals.Length > 1000);
        Assert.All(literals, text => Assert.Equal(text, SecretText.Hide(text)));
    }

    private static async Task<int> ExitCodeAsync(string command)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"{command} 2>&1"]) { RedirectStandardOutput = true })!;
        _ = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return shell.ExitCode;
    }

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Literal();
}
