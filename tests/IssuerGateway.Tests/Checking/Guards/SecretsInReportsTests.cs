using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Exchange;
using IssuerGateway.Checking.Reports;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Checking.Guards;

/// <summary>A report is mailed and pasted into issues: no token is in it, wherever it came from (CWE-532).</summary>
public sealed class SecretsInReportsTests
{
    /// <summary>As many letters and digits as may be shared by chance.</summary>
    private const int MaxRun = 16;

    private static readonly string token = Recorded.Token("token-azure-demo-exchange-audience");

    [Theory]
    [InlineData("AADSTS50027: JWT token TOKEN is invalid or malformed.")]
    [InlineData("AADSTS700213: client_assertion=TOKEN&scope=x")]
    [InlineData("the signature SIGNATURE does not fit")]
    [InlineData("xTOKEN")]
    [InlineData("AADSTS50027: bad SPLIT40")]
    [InlineData("AADSTS50027: bad SPLIT10")]
    [InlineData("AADSTS50027: bad LINES")]
    [InlineData("AADSTS50027: bad HYPHENS")]
    [InlineData("AADSTS50027: bad ...TAIL")]
    [InlineData("AADSTS50027: bad HEAD...")]
    [InlineData("AADSTS50027: bad LOWER")]
    [InlineData("AADSTS50027: bad PLUS")]
    [InlineData("AADSTS50027: bad BASE64")]
    [InlineData("AADSTS50027: bad HEX")]
    [InlineData("AADSTS50027: bad LETTERS")]
    [InlineData("AADSTS50027: bad TWICE")]
    [InlineData("AADSTS50027: bad REFERENCES")]
    [InlineData("AADSTS50027: bad BYTES, [token]")]
    public async Task Hides_an_assertion_that_the_login_endpoint_returns(string description)
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        (string Name, string Text)[] echoes =
        [
            ("TOKEN", token), ("SIGNATURE", token.Split('.')[2]), ("SPLIT40", In(40, " ")), ("SPLIT10", In(10, " ")), ("LINES", In(64, "\r\n\t")), ("HYPHENS", In(8, "-")), ("TAIL", token[^120..]), ("HEAD", token[..700]),
            ("BASE64", Convert.ToBase64String(Encoding.ASCII.GetBytes(token))), ("HEX", Convert.ToHexString(Encoding.ASCII.GetBytes(token))), ("LETTERS", In(8, "x")),
            ("TWICE", string.Concat(token.Select(c => $"%25{(int)c:X2}"))), ("REFERENCES", string.Concat(token.Select(c => $"&#{(int)c:D4};"))), ("BYTES", Convert.ToHexString(Base64Url.DecodeFromChars(token.Split('.')[2]))),
            ("LOWER", token.ToLowerInvariant()), ("PLUS", token.Replace('-', '+').Replace('_', '/')),
        ];
        string echo = echoes.Aggregate(description, (text, each) => text.Replace(each.Name, each.Text, StringComparison.Ordinal));
        entra.Misbehave = async http =>
        {
            http.Response.StatusCode = 401;
            await http.Response.WriteAsync(JsonSerializer.Serialize(new Dictionary<string, string> { ["error"] = "invalid_client", ["error_description"] = echo }));
            return true;
        };

        StepReport step = await new ExchangeStep(entra.Request(token: token), new ExchangeRequest { Tenant = "t", ClientId = "c", Endpoint = new Uri($"https://127.0.0.1:{entra.Port}"), Roots = [entra.Authority.Root] }, TimeProvider.System).RunAsync(CancellationToken.None);

        Assert.Equal("exchange-refused", Assert.Single(step.Findings).Id);
        AssertHidden(new CheckReport { Issuer = "x", Parties = [], Steps = [step], At = default });
    }

    [Theory]
    [InlineData("subject")]
    [InlineData("audience")]
    public async Task Hides_a_token_that_was_pasted_into_an_option(string option)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();

        // Of an audience that is too long for the party only the length is said, so one without a limit.
        CheckRequest request = issuer.Request(token: token, profiles: ["vault"]);
        CheckReport report = await issuer.CheckAsync(option == "subject" ? request with { Subject = token } : request with { Audience = token });

        Assert.Contains($"token error token-{option}", CheckFixture.Rules(report));
        AssertHidden(report);
    }

    private static string In(int length, string separator) => string.Join(separator, token.Chunk(length).Select(part => new string(part)));

    private static string Bare(string text) => string.Concat(text.Where(char.IsAsciiLetterOrDigit));

    private static void AssertHidden(CheckReport report)
    {
        foreach (string text in (string[])[JsonReport.Of(report, "here"), string.Join('\n', new TextReport(report, isQuiet: false, "here").Lines())])
        {
            string bare = Bare(text), secret = Bare(token);
            Assert.DoesNotContain(Enumerable.Range(0, secret.Length - MaxRun).Select(i => secret.Substring(i, MaxRun)), run => bare.Contains(run, StringComparison.OrdinalIgnoreCase));
            Assert.Contains("[token]", text, StringComparison.Ordinal);
        }
    }
}
