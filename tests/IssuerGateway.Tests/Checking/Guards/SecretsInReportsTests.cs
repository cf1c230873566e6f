using System.Text.Json;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Exchange;
using IssuerGateway.Checking.Reports;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Checking.Guards;

/// <summary>A report is mailed and pasted into issues: no token is in it, wherever it came from (CWE-532).</summary>
public sealed class SecretsInReportsTests
{
    private static readonly string token = Recorded.Token("token-azure-demo-exchange-audience");

    [Theory]
    [InlineData("AADSTS50027: JWT token TOKEN is invalid or malformed.")]
    [InlineData("AADSTS700213: client_assertion=TOKEN&scope=x")]
    [InlineData("the signature SIGNATURE does not fit")]
    [InlineData("xTOKEN")]
    public async Task Hides_an_assertion_that_the_login_endpoint_returns(string description)
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        string echo = description.Replace("TOKEN", token, StringComparison.Ordinal).Replace("SIGNATURE", token.Split('.')[2], StringComparison.Ordinal);
        entra.Misbehave = async http =>
        {
            http.Response.StatusCode = 401;
            await http.Response.WriteAsync(JsonSerializer.Serialize(new Dictionary<string, string> { ["error"] = "invalid_client", ["error_description"] = echo }));
            return true;
        };

        StepReport step = await new ExchangeStep(entra.Request(token: token), new ExchangeRequest { Tenant = "t", ClientId = "c", Endpoint = new Uri($"https://127.0.0.1:{entra.Port}") }, TimeProvider.System).RunAsync(CancellationToken.None);

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

    private static void AssertHidden(CheckReport report)
    {
        foreach (string text in (string[])[JsonReport.Of(report, "here"), string.Join('\n', new TextReport(report, isQuiet: false, "here").Lines())])
        {
            Assert.All(token.Split('.'), part => Assert.DoesNotContain(part, text, StringComparison.Ordinal));
            Assert.Contains("[token]", text, StringComparison.Ordinal);
        }
    }
}
