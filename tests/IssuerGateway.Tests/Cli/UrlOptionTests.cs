using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Cli;
using IssuerGateway.Ctl;

namespace IssuerGateway.Tests.Cli;

/// <summary>Every option of <c>check</c> and <c>trust verify</c> that takes a URL or a host, with every way in which people get URLs wrong.</summary>
public sealed class UrlOptionTests
{
    private const string Password = "hunter2-and-more";
    private const string EntraApp = "trust verify entra-app --tenant 00000000-0000-0000-0000-000000000000 --app-name a --namespace b --service-account c --access-token-file /none";
    private const string EntraWithHost = EntraApp + " --host app.example.com";
    private const string EntraWithIssuer = EntraWithHost + " --issuer https://oidc.example.com";

    /// <summary>The option, and the rest of a good line; HOST is where a bare host is wanted in place of a URL.</summary>
    private static readonly (string Option, string Line, bool IsHost)[] options =
    [
        ("ISSUER-URL", "check", false),
        ("--proxy", "check https://oidc.example.com", false),
        ("--login-endpoint", "check https://oidc.example.com --exchange --token TOKEN --tenant t --client-id c", false),
        ("--resolve", "check https://oidc.example.com", true),
        ("--connect-to", "check https://oidc.example.com", true),
        ("--issuer", EntraWithHost, false),
        ("--host", EntraApp + " --issuer https://oidc.example.com", true),
        ("--redirect-url", EntraWithIssuer, false),
        ("--logout-url", EntraWithIssuer, false),
        ("--gateway", EntraWithHost, false),
        ("--graph-endpoint", EntraWithIssuer, false),
        ("--login-endpoint", EntraWithIssuer, false),
        ("--resolve", EntraWithIssuer, true),
        ("--issuer", "trust verify aws --namespace b --service-account c", false),
        ("--issuer", "trust verify google --namespace b --service-account c", false),
        ("--issuer", "trust verify vault --namespace b --service-account c --audience d", false),
        ("--address", "trust verify vault --issuer https://oidc.example.com --namespace b --service-account c --audience d", false),
        ("--address", "trust verify openbao --issuer https://oidc.example.com --namespace b --service-account c --audience d", false),
        ("--issuer", "trust verify kubernetes --namespace b --service-account c --audience d", false),
        ("--server", "trust verify kubernetes --issuer https://oidc.example.com --namespace b --service-account c --audience d", false),
        ("--own-issuer", "trust verify kubernetes --issuer https://oidc.example.com --namespace b --service-account c --audience d", false),
        ("--issuer", "trust verify entra-identity --namespace b --service-account c", false),
        ("--arm-endpoint", "trust verify entra-identity --issuer https://oidc.example.com --namespace b --service-account c", false),
    ];

    /// <summary>What is wrong, as a URL and as a host.</summary>
    private static readonly (string Url, string Host)[] faults =
    [
        ("x.example.com", "https://x.example.com"),
        ("ftp://x.example.com", "ftp://x.example.com"),
        ("https://", ""),
        ($"https://joe:{Password}@x.example.com", $"joe:{Password}@x.example.com"),
        ($"joe:{Password}@x.example.com", $"joe:{Password}%40x.example.com"),
        ($"https://joe:{Password}%40x.example.com", $"joe:{Password}@"),
        ($"https://joe:pa/{Password}@x.example.com", $"joe:pa/{Password}@x.example.com"),
        ($"https://joe:12/{Password}@x.example.com", $"joe:12/{Password}@x.example.com"),
        ($"https://joe:p@ss/{Password}@x.example.com", $"joe:p@ss/{Password}@x.example.com"),
        ($"https://joe:p%40ss/{Password}@x.example.com", $"joe:p%40ss/{Password}@x.example.com"),
        ($"https://{Password}/a@x.example.com", $"{Password}/a@x.example.com"),
        ($"https://joe:pa?{Password}@x.example.com", $"joe:pa?{Password}@x.example.com"),
        ($"https://joe:pa#{Password}@x.example.com", $"joe:pa#{Password}@x.example.com"),
        ($"https://joe:pa\\{Password}@x.example.com", $"joe:pa\\{Password}@x.example.com"),
        ($"https://joe:{Password}\uff20x.example.com", $"joe:{Password}\uff20x.example.com"),
        ($"https://joe:12/{Password}\uff20x.example.com", $"joe:12/{Password}\uff20x.example.com"),
        ($"https://{Password}\ufe6bx.example.com", $"{Password}\ufe6bx.example.com"),
        ($"https://joe:12/{Password}%2540x.example.com", $"joe:12/{Password}%2540x.example.com"),
        ($"https://joe:12/{Password}%ef%bc%a0x.example.com", $"joe:12/{Password}%EF%BC%A0x.example.com"),
        ("https://x.example.com ", "x.example.com "),
        (" https://x.example.com", " x.example.com"),
        ("https://x.example.com\u0007", "x.example.com\u0007"),
        ("https://x.exa\nmple.com", "x.exa\nmple.com"),
        ("https://x.example.com:0", "x.example.com:0"),
        ("https://x.example.com:99999", "x.example.com:99999"),
        ("https://x.example.com:", "x.example.com:x"),
        ("https://b\u00fccher.example", "b\u00fccher.example"),
        ("https://x.example.com#y", "x.example.com#y"),
        ("https://x.example.com\\y", "x.example.com\\y"),
        ("https://x_.exa mple.com", "x.exa mple.com"),
    ];

    public static TheoryData<int, int> Rows
    {
        get
        {
            TheoryData<int, int> rows = new();
            for (int option = 0; option < options.Length; option++)
            {
                for (int fault = 0; fault < faults.Length; fault++)
                {
                    rows.Add(option, fault);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Names_the_option_and_shows_no_secret(int option, int fault)
    {
        (string name, string line, bool isHost) = options[option];
        string value = isHost ? faults[fault].Host : faults[fault].Url;
        value = name switch { "--resolve" => $"{value}:443:203.0.113.7", "--connect-to" => $"{value}:443:localhost:8443", "--proxy" => value.Replace("https://", "http://", StringComparison.Ordinal), _ => value };
        if (name == "--connect-to" && value.StartsWith(':'))
        {
            // Any host.
            return;
        }

        if (name == "--proxy" && value.StartsWith("http://joe:", StringComparison.Ordinal) && value["http://".Length..].Split('/', '?', '#', '\\') is [var authority] && authority.Contains('@'))
        {
            // A proxy may request a password.
            return;
        }

        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Recorded.Token("token-azure-demo-exchange-audience"));
        try
        {
            string[] words = [.. line.Split(' ').Select(word => word == "TOKEN" ? file : word)];
            string[] arguments = name == "ISSUER-URL" ? [.. words, value] : [.. words, name, value];

            foreach (bool isCtl in words[0] == "check" ? (bool[])[true, false] : [true])
            {
                (int exitCode, string text) = await RunAsync(isCtl, arguments);

                Assert.True(exitCode == 2, $"exit code {exitCode}: {text}");
                Assert.Contains($"{name}: ", text, StringComparison.Ordinal);
                Assert.DoesNotContain(Password, text, StringComparison.Ordinal);
                Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n');
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("https://x.example.com", "https", null)]
    [InlineData("https://X.example.com/", "https", null)]
    [InlineData("HTTPS://x.example.com:8443", "https", null)]
    [InlineData("https://[2001:db8::1]:8443", "https", null)]
    [InlineData("https://x.example.com/a", "https", "it has a path")]
    [InlineData("https://x.example.com/.well-known/openid-configuration", "https", "it is the URL of a discovery document")]
    [InlineData("https://x.example.com?a", "https", "it has a query, a fragment or a backslash")]
    [InlineData("http://x.example.com", "https", "its scheme is not https")]
    [InlineData("x.example.com", "https", "it has no scheme")]
    public void Says_what_is_wrong(string url, string scheme, string? defect) => Assert.Equal(defect, UrlOption.Defect(url, scheme));

    /// <summary>What has no defect is a URL for .NET too.</summary>
    [Theory]
    [InlineData("http://joe:s3cret@x.example.com:3128", true)]
    [InlineData("http://joe:p%40ss@x.example.com:3128", true)]
    [InlineData("http://joe:p:w@[::1]:3128", true)]
    [InlineData("http://joe:p%zz@x.example.com", true)]
    [InlineData("http://joe:!$&'()*+,;=@x.example.com", true)]
    [InlineData("http://joe:P@ss@x.example.com:3128", false)]
    [InlineData("http://joe@@x.example.com:3128", false)]
    [InlineData("http://@@x.example.com", false)]
    public void A_user_and_password_are_as_a_URL_has_them(string url, bool isGood)
    {
        Assert.Equal(isGood ? null : UrlOption.UserCharacter, UrlOption.Defect(url, "http", allowUserInformation: true));
        Assert.Equal(isGood, Uri.TryCreate(url, UriKind.Absolute, out _));
    }

    [Fact]
    public void Every_character_of_a_password_is_a_URL_or_a_defect() => Assert.All(
        Enumerable.Range(0, 0x180).Select(c => $"http://joe:p{(char)c}w@x.example.com:3128").SelectMany(url => (string[])[url, url.Replace("joe", "jo[e", StringComparison.Ordinal), url + "/"]),
        url => Assert.True(UrlOption.Defect(url, "http", allowUserInformation: true) is not null || Uri.TryCreate(url, UriKind.Absolute, out _), url));

    private static async Task<(int ExitCode, string Text)> RunAsync(bool isCtl, string[] arguments)
    {
        StringWriter output = new();
        StringWriter error = new();
        int exitCode = isCtl
            ? await CtlCommand.RunAsync(arguments, new ProgramEnvironment { Terminal = new Terminal(output, error, program: null) })
            : await GatewayCommand.RunAsync(arguments, new Terminal(output, error));
        return (exitCode, $"{output}{error}");
    }
}
