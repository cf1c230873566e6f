using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Edge;
using IssuerGateway.EndToEnd.Acme;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Issuers;

namespace IssuerGateway.EndToEnd.Secrets;

/// <summary>The search itself: it finds what is there, in every form, and nothing else.</summary>
public sealed class SecretSearchTests
{
    private const string Secret = "Zq3vK0wJ8sN1pR5tYx7uB2mD4fG6hJ9k";

    public static TheoryData<string, string> Shown => new()
    {
        { "raw", Secret },
        { "in a sentence", $"{{\"@m\":\"token {Secret} refused\"}}" },
        { "cut off", Secret[..26] + "…" },
        { "without its beginning", Secret[8..] },
        { "base64", Convert.ToBase64String(Encoding.ASCII.GetBytes(Secret)) },
        { "base64url", Base64Url.EncodeToString(Encoding.ASCII.GetBytes(Secret)) },
        { "base64 of something longer", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{{\"token\":\"{Secret}\"}}")) },
        { "base64 of something that begins a byte later", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{{ \"token\":\"{Secret}\"}}")) },
        { "base64url of something that begins two bytes later", Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{{  \"token\":\"{Secret}\"}}")) },
        { "hexadecimal", Convert.ToHexString(Encoding.ASCII.GetBytes(Secret)) },
        { "small hexadecimal", Convert.ToHexStringLower(Encoding.ASCII.GetBytes(Secret)) },
        { "broken into lines", Secret.Insert(16, "\n") },
        { "broken into lines of JSON", Secret.Insert(16, "\\n") },
    };

    [Theory]
    [MemberData(nameof(Shown))]
    public void Finds_a_secret_that_is_shown(string form, string text)
    {
        SecretSearch search = new();
        search.Add("the token", Secret);

        Assert.Equal([$"{form} shows the token"], search.Find(form, $"before {text} after"));
    }

    [Fact]
    public void Finds_a_private_key_that_nobody_registered()
    {
        using ECDsa key = ECDsa.Create();

        Assert.Equal(["the log shows a private key that nobody registered"], new SecretSearch().Find("the log", key.ExportPkcs8PrivateKeyPem()));
    }

    [Theory]
    [InlineData(SigningAlgorithm.RS256)]
    [InlineData(SigningAlgorithm.ES256)]
    internal void Finds_the_private_half_of_a_JWK_also_in_a_state_file(SigningAlgorithm algorithm)
    {
        ServiceAccountKey key = ServiceAccountKey.Create(algorithm);
        SecretsOfTheRun.RegisterKey("the planted key", key.PrivateKeyPem);
        SecretSearch search = SecretsOfTheRun.Search();

        Assert.Equal(["the document shows the planted key"], search.Find("the document", $"{{\"keys\":[{key.PrivateJwk()}]}}"));
        Assert.Equal(["the state shows the planted key"], search.Find("the state", $"\"KeySet\": \"{Convert.ToBase64String(Encoding.UTF8.GetBytes($"{{\"keys\":[{key.PrivateJwk()}]}}"))}\""));
        Assert.Empty(search.Find("the document", key.Jwk));
    }

    [Fact]
    public void Finds_nothing_in_what_shows_no_secret()
    {
        SecretSearch search = new();
        search.Add("the token", Secret);
        search.Add("bytes", RandomNumberGenerator.GetBytes(32));

        Assert.Empty(search.Find("the log", $"{Secret[..10]} and {Secret[20..]}, {RandomNumberGenerator.GetHexString(2000)}"));
    }

    [Fact]
    public async Task What_a_gateway_with_ACME_shows_is_searched()
    {
        string planted = RandomNumberGenerator.GetHexString(40, lowercase: true);
        using (AcmeSite site = new())
        {
            await using Pebble ca = await Pebble.StartAsync(site.Validated);
            await using GatewayRun gateway = site.ServeFor($"{planted}.example.test", ca);
            await site.CertificateAsync(gateway, ca, $"{planted}.example.test");
        }

        IReadOnlyList<string> places = SecretsOfTheRun.PlacesOf(planted);
        foreach (string place in (string[])["standard output", "/status of a gateway with ACME", "/metrics of a gateway with ACME", "/readyz of a gateway with ACME"])
        {
            Assert.Contains($"{place} shows what was planted", places);
        }
    }

    [Fact]
    public async Task Every_page_of_a_gateway_that_meets_every_fault_is_collected()
    {
        (int Secrets, int Texts) before = SecretsOfTheRun.Count;
        await using (GatewayFixture site = await GatewayFixture.StartAsync())
        {
            await using GatewayRun gateway = await site.ServeUntilReadyAsync("Log:Level=Debug", $"Issuers:0:CanaryTokenFile={site.TokenFile}", "Edge:AccessLog=true");
            using HttpClient relyingParty = site.Public();
            relyingParty.DefaultRequestHeaders.Add("Cookie", $"session={site.Cookie}");
            relyingParty.DefaultRequestHeaders.Add("Authorization", $"Bearer {site.Cookie}");
            foreach (FaultKind fault in Enum.GetValues<FaultKind>().Except([FaultKind.Hang, FaultKind.SlowDrip]))
            {
                site.Cluster.Server.Break(fault);
                await gateway.SignalAsync("HUP");
                await relyingParty.GetAsync("/openid/v1/jwks");
                await relyingParty.GetAsync($"/nowhere");
                await GatewayFixture.WaitAsync(async () => !(await site.OperationsAsync("/status")).Contains("\"failuresInARow\": 0", StringComparison.Ordinal), () => gateway.Output);
                await site.OperationsAsync("/metrics");
                await site.OperationsAsync("/readyz");
                site.Cluster.Server.Repair();
                await gateway.SignalAsync("HUP");
                await site.UntilStatusAsync(gateway, status => status.Contains("\"failuresInARow\": 0", StringComparison.Ordinal));
            }
        }

        (int Secrets, int Texts) after = SecretsOfTheRun.Count;
        Assert.True(after.Secrets > before.Secrets && after.Texts > before.Texts + 30, $"{before} {after}");
    }
}
