using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Cli;
using IssuerGateway.Ctl;
using IssuerGateway.Tests.Checking;

namespace IssuerGateway.Tests.Cli;

/// <summary>Every option of <c>check</c> with what it prints and how it ends; and that none of them ever prints a secret.</summary>
public sealed class CheckOptionTests : IDisposable
{
    private const string Issuer = "https://" + CheckFixture.Host;
    private const string Password = "hunter2-and-more";

    private static readonly string token = Recorded.Token("token-azure-demo-exchange-audience");
    private static readonly Command command = CheckCommand.Create(new Terminal(TextWriter.Null, TextWriter.Null), (_, _, _) => throw new NotSupportedException());

    private readonly string directory = Directory.CreateTempSubdirectory("issuer-gateway-check-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    /// <summary>
    /// Option, what is wrong with the server, the line (TOKEN, CA, PORT and DIR stand for values of the run), the exit code,
    /// and what the output contains; after a bar, what it does not.
    /// </summary>
    public static TheoryData<string, string, string, int, string> Scripts => new()
    {
        { "--profile", "bare", "ISSUER --profile aws", 1, "✗ AWS IAM would reject tokens of" },
        { "--profile", "bare", "ISSUER -p entra", 0, "✓ Microsoft Entra ID would accept tokens of" },
        { "--profile", "bare", "ISSUER --profile entra --profile aws", 1, "✓ Microsoft Entra ID would accept tokens\n✗ AWS IAM would reject tokens\nIssuer: https://issuer.example.test\n" },
        { "--profile", "bare", "ISSUER --profile all", 1, "✓ Keycloak would accept tokens\n" },
        { "--profile", "", "ISSUER --profile all --profile aws", 0, "✓ Snowflake would accept tokens\n" },
        { "--token", "", "ISSUER --token TOKEN", 1, "[token-expired]" },
        { "--token", "", "ISSUER --token TOKEN --token TOKEN", 1, "  ✗ token        /" },
        { "--audience", "", "ISSUER --token TOKEN --audience other", 1, "expected \"other\"" },
        { "--audience", "", "ISSUER --profile all --token TOKEN --audience other", 1, "validated as entra, aws, google, vault" },
        { "--subject", "", "ISSUER --token TOKEN --subject system:serviceaccount:default:other", 1, "[token-subject]" },
        { "--upstream", "", "ISSUER --upstream --kubeconfig DIR/none", 2, "--kubeconfig: DIR/none does not exist" },
        { "--kubeconfig", "", "ISSUER --upstream --kubeconfig DIR", 2, "--kubeconfig: DIR is a folder" },
        { "--kubeconfig", "", "ISSUER --upstream --kubeconfig CA", 2, "correct the file, or name another one; what kubectl reads in it: kubectl config view --kubeconfig DIR/ca.pem" },
        { "--kubeconfig", "", "ISSUER --upstream --kubeconfig PLUGIN", 2, "PLUGINHINT" },
        { "--kubeconfig", "", "ISSUER --upstream --kubeconfig /dev/null", 2, "name a file that this user may read, and no pipe: ls -l /dev/null" },
        { "--context", "", "ISSUER --upstream --kubeconfig KUBECONFIG --context nowhere", 2, "no context \"nowhere\"" },
        { "--resolve", "", "ISSUER --resolve issuer.example.test:443:127.0.0.99 --quiet", 3, "127.0.0.99:443 refused the connection" },
        { "--connect-to", "", "ISSUER", 0, "(from --connect-to)" },
        { "--ca", "", "ISSUER --ca OTHERCA", 1, "[tls-untrusted]" },
        { "--allow-private", "private", "ISSUER", 1, "[address-foreign]" },
        { "--allow-private", "private", "ISSUER --allow-private --timeout 1s", 1, "--ca, --allow-private,|[address-foreign]" },
        { "--proxy", "", "ISSUER --proxy http://joe:" + Password + "@127.0.0.1:1", 3, "checked with --ca, --proxy,|checked with --connect-to|" + Password },
        { "--timeout", "hang", "ISSUER --timeout 2s", 3, "[check-timeout]|[http-timeout]" },
        { "--timeout", "hang", "ISSUER --timeout 6s --profile aws", 1, "[http-timeout]|[check-timeout]" },
        { "--timeout", "hang", "ISSUER --timeout 2s --exchange --token TOKEN --tenant t --client-id c --login-endpoint https://127.0.0.1:1", 1, "exchange: not checked (the time of --timeout was up)|[exchange-failed]" },
        { "--output", "", "ISSUER --output json", 0, "\"version\": 2" },
        { "--output", "", "ISSUER -o text", 0, "Result: no problems found" },
        { "--quiet", "", "ISSUER --quiet", 0, "" },
        { "--quiet", "bare", "ISSUER -q --profile aws", 1, "✗ The discovery document lacks|✓ DNS" },
        { "--quiet", "bare", "ISSUER --quiet --output json", 0, "\"step\": \"dns\"" },
        { "--fail-on", "bare", "ISSUER --fail-on warning", 1, "Result: 1 warning" },
        { "--fail-on", "bare", "ISSUER --fail-on error", 0, "Result: 1 warning" },
        { "--fail-on", "", "ISSUER --fail-on warning", 0, "Result: no problems found" },
        { "--list-rules", "", "--list-rules", 0, "key-ops (jwks)\n" },
        { "--list-rules", "", "--list-rules --profile google --output json", 0, "\"profile\": \"google\"|\"profile\": \"aws\"" },
        { "--exchange", "", "ISSUER --exchange --token TOKEN --tenant t --client-id c --login-endpoint https://127.0.0.1:1", 1, "[exchange-failed]" },
        { "--tenant", "", "ISSUER --exchange --token TOKEN --client-id c", 2, "--tenant: is required with --exchange" },
        { "--client-id", "", "ISSUER --exchange --token TOKEN --tenant t", 2, "--client-id: is required with --exchange" },
        { "--login-endpoint", "", "ISSUER --exchange --token TOKEN --tenant t --client-id c --login-endpoint https://joe:" + Password + "@127.0.0.1:1", 2, "--login-endpoint: the URL has user information|" + Password },
    };

    // The last two only issuer-gateway has.
    public static TheoryData<string> Options => [.. command.Options.Select(option => option.Name), "--config", "--set"];

    [Fact]
    public void Every_option_has_a_script() => Assert.Equal(command.Options.Select(option => option.Name).Order(), Scripts.Select(row => row.Data.Item1).Distinct().Order());

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Prints_and_ends_as_documented(string option, string mistake, string line, int exitCode, string contains)
    {
        Assert.True(option == "--connect-to" || line.Contains(option, StringComparison.Ordinal) || line.Contains(" -", StringComparison.Ordinal) || exitCode == 1 || exitCode == 2, option);
        await using CheckFixture server = await CheckFixture.StartAsync();
        Stage(mistake, server);

        foreach (bool isCtl in (bool[])[false, true])
        {
            (int ended, string text) = await RunAsync(isCtl, Arguments(line, server));

            string plugin = isCtl ? "install the plugin, or give its path as command of exec" : "issuerctl check takes it, as kubectl does";
            string[] parts = contains.Replace("PLUGINHINT", plugin, StringComparison.Ordinal).Replace("DIR", directory, StringComparison.Ordinal).Split('|');
            Assert.True(exitCode == ended, $"{ended}: {text}");
            Assert.Contains(parts[0], text, StringComparison.Ordinal);
            Assert.All(parts[1..], part => Assert.DoesNotContain(part, text, StringComparison.Ordinal));
        }
    }

    /// <summary>People paste the wrong thing in the wrong place.</summary>
    [Theory]
    [MemberData(nameof(Options))]
    public async Task Never_shows_a_token_or_a_password_that_was_pasted_as_a_value(string option)
    {
        foreach (string secret in (string[])[token, $"Bearer {token}", $"https://joe:{Password}@oidc.example.com/a", $"https://joe:pa@{Password}@oidc.example.com",
            $"https://joe:pa/{Password}@oidc.example.com", $"https://joe:12/{Password}@oidc.example.com", $"https://joe:{Password}\uff20oidc.example.com", $"https://joe:pa%2F{Password}%40oidc.example.com"])
        {
            foreach (bool isCtl in (bool[])[false, true])
            {
                (_, string text) = await RunAsync(isCtl, "https://x.example.invalid", option, secret);
                (_, string joined) = await RunAsync(isCtl, "https://x.example.invalid", $"{option}={secret}");

                Assert.DoesNotContain(Password, text + joined, StringComparison.Ordinal);
                Assert.All(token.Split('.'), part => Assert.DoesNotContain(part[..16], text + joined, StringComparison.Ordinal));
            }
        }
    }

    /// <summary>A token of another kind than JWT, which nothing but its length and its characters tells.</summary>
    [Theory]
    [InlineData("OPAQUE")]
    [InlineData("https://x.example.invalid OPAQUE")]
    [InlineData("https://x.example.invalid --token OPAQUE")]
    [InlineData("https://x.example.invalid --ca OPAQUE")]
    [InlineData("https://x.example.invalid --upstream --kubeconfig OPAQUE")]
    [InlineData("--config OPAQUE")]
    [InlineData("--set OPAQUE")]
    [InlineData("--set Issuers:0:Identifier=OPAQUE")]
    [InlineData("--set Issuers:0:PreviousIdentifiers:0=OPAQUE")]
    public async Task Never_shows_an_opaque_token_in_place_of_a_file_or_the_issuer(string line)
    {
        foreach (string secret in (string[])["0123456789012345678901234567890123456789abc", Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(token))])
        {
            foreach (bool isCtl in (bool[])[false, true])
            {
                (int exitCode, string text) = await RunAsync(isCtl, line.Replace("OPAQUE", secret, StringComparison.Ordinal).Split(' '));

                Assert.Equal(2, exitCode);
                Assert.DoesNotContain(secret[..20], text, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("TOKEN")]
    [InlineData("https://x.example.invalid TOKEN")]
    [InlineData("https://TOKEN@x.example.invalid")]
    [InlineData("https://joe:PASSWORD@x.example.invalid")]
    [InlineData("joe:PASSWORD@x.example.invalid")]
    [InlineData("http://joe:PASSWORD@x.example.invalid/a?b#c")]
    [InlineData("https://x.example.invalid?access_token=TOKEN")]
    [InlineData("https://x.example.invalid --nope=TOKEN")]
    [InlineData("https://x.example.invalid --nope https://joe:PASSWORD@x.example.invalid")]
    public async Task Never_shows_a_secret_that_stands_in_place_of_the_issuer(string line)
    {
        foreach (bool isCtl in (bool[])[false, true])
        {
            (int exitCode, string text) = await RunAsync(isCtl, line.Replace("TOKEN", token, StringComparison.Ordinal).Replace("PASSWORD", Password, StringComparison.Ordinal).Split(' '));

            Assert.Equal(2, exitCode);
            Assert.DoesNotContain(Password, text, StringComparison.Ordinal);
            Assert.All(token.Split('.'), part => Assert.DoesNotContain(part[..16], text, StringComparison.Ordinal));
        }
    }

    private string[] Arguments(string line, CheckFixture server)
    {
        string roots = Write("ca.pem", server.Authority.Root.ExportCertificatePem());
        using TestAuthority other = new();
        string filled = line.Replace("ISSUER", Issuer, StringComparison.Ordinal)
            .Replace("TOKEN", Write("token", token), StringComparison.Ordinal)
            .Replace("OTHERCA", Write("other.pem", other.Root.ExportCertificatePem()), StringComparison.Ordinal)
            .Replace("PLUGIN", Write("plugin", """{"kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"k","user":"u"}}],"clusters":[{"name":"k","cluster":{"server":"https://127.0.0.1:1"}}],"users":[{"name":"u","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1","command":"no-such-plugin","interactiveMode":"Never"}}}]}"""), StringComparison.Ordinal)
            .Replace("KUBECONFIG", Write("kubeconfig", "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n"), StringComparison.Ordinal)
            .Replace("DIR", directory, StringComparison.Ordinal);
        List<string> arguments = [.. filled.Replace(" CA", $" {roots}", StringComparison.Ordinal).Split(' ')];
        if (line.Contains("ISSUER", StringComparison.Ordinal))
        {
            arguments.AddRange(line.Contains("--resolve", StringComparison.Ordinal) ? [] : ["--connect-to", $"{CheckFixture.Host}::127.0.0.1:{server.Port}"]);
            arguments.AddRange(line.Contains("--ca", StringComparison.Ordinal) ? [] : ["--ca", roots]);
        }

        return [.. arguments];
    }

    private static void Stage(string mistake, CheckFixture server)
    {
        server.Discovery = server.Discovery.Replace(server.Issuer, Issuer, StringComparison.Ordinal);
        switch (mistake)
        {
            case "bare": server.Discovery = server.Discovery.Replace(",\"subject_types_supported\":[\"public\"]", "", StringComparison.Ordinal); break;
            case "private": server.Discovery = server.Discovery.Replace($"{Issuer}/openid/v1/jwks", "https://127.0.0.98:1/keys", StringComparison.Ordinal); break;
            case "hang": server.Misbehave = async http => { await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); return true; }; break;
        }
    }

    private static async Task<(int ExitCode, string Text)> RunAsync(bool isCtl, params string[] arguments)
    {
        StringWriter output = new();
        StringWriter error = new();
        int exitCode = isCtl
            ? await CtlCommand.RunAsync(["check", .. arguments], new ProgramEnvironment { Terminal = new Terminal(output, error, program: null) })
            : await GatewayCommand.RunAsync(["check", .. arguments], new Terminal(output, error));
        return (exitCode, $"{output}{error}");
    }

    private string Write(string name, string content)
    {
        string path = Path.Combine(directory, name);
        File.WriteAllText(path, content);
        return path;
    }
}
