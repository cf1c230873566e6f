using IssuerGateway.Checking;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking.Guards;

/// <summary>Whoever has not read the keys does not know whether a party would accept a token signed by one of them.</summary>
public sealed class UnreadKeySetTests
{
    [Theory]
    [InlineData("vault")]
    [InlineData("openbao")]
    [InlineData("kubernetes")]
    [InlineData("keycloak")]
    public async Task Has_no_verdict_when_the_keys_are_at_an_address_that_was_not_contacted(string profile)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = issuer.Discovery.Replace($"{issuer.Issuer}/openid/v1/jwks", "https://10.0.0.1/k", StringComparison.Ordinal);

        AssertOpen(await issuer.CheckAsync(issuer.Request(profiles: [profile])), "address-foreign");
    }

    [Theory]
    [InlineData("vault")]
    [InlineData("kubernetes")]
    public async Task Has_no_verdict_when_the_keys_are_more_than_is_read(string profile)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Keys = issuer.Keys.TrimEnd() + new string(' ', StrictJson.MaxBytes);

        AssertOpen(await issuer.CheckAsync(issuer.Request(profiles: [profile])), "http-too-large");
    }

    [Fact]
    public void Has_no_verdict_when_a_proxy_hides_where_the_keys_are()
    {
        RelyingParty entra = RelyingParty.Find("entra")!;
        StepBuilder step = new("jwks", [entra], TimeProvider.System);
        step.Report("address-unseen", "https://keys.example.com/k");

        AssertOpen(new CheckReport { Issuer = "x", Parties = [entra], Steps = [step.Done("x") with { IsUnread = true }], At = default }, "address-unseen");
    }

    [Fact]
    public async Task Has_a_verdict_of_the_party_that_rejects_and_none_of_the_one_that_does_not()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = issuer.Discovery.Replace($"{issuer.Issuer}/openid/v1/jwks", "https://10.0.0.1/k", StringComparison.Ordinal);

        CheckReport report = await issuer.CheckAsync(issuer.Request(profiles: ["entra", "vault"]));

        Assert.Equal([Verdict.Rejects, Verdict.Unknown], report.Parties.Select(report.VerdictOf));
    }

    private static void AssertOpen(CheckReport report, string rule)
    {
        Assert.Contains($"jwks warning {rule}", CheckFixture.Rules(report));
        RelyingParty party = Assert.Single(report.Parties);
        Assert.Equal((Verdict.Unknown, "the keys were not read"), (report.VerdictOf(party), report.WhyOpen(party)));
        Assert.DoesNotContain(new TextReport(report, isQuiet: false, "here").Lines(), line => line.Contains("would accept", StringComparison.Ordinal));
    }
}
