using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Cli;
using IssuerGateway.Configuration;
using IssuerGateway.Tests.Issuers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace IssuerGateway.Tests.Checking;

public sealed class ExternalSelfCheckTests
{
    [Fact]
    public async Task Warns_of_nothing_that_the_operator_has_configured()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        string url = $"https://127.0.0.1:{issuer.Port}";
        issuer.Discovery = issuer.Discovery.Replace(issuer.Issuer, url, StringComparison.Ordinal);
        issuer.Misbehave = async http =>
        {
            http.Response.Headers.CacheControl = "public, max-age=172800";
            bool isDiscovery = http.Request.Path.Value!.EndsWith("configuration", StringComparison.Ordinal);
            byte[] body = System.Text.Encoding.UTF8.GetBytes(isDiscovery ? issuer.Discovery : issuer.Keys);
            http.Response.ContentType = isDiscovery ? "application/json" : "application/jwk-set+json";
            http.Response.ContentLength = body.Length;
            await http.Response.Body.WriteAsync(body);
            return true;
        };
        CapturedLog log = new();
        using ExternalSelfCheck probe = new(
            new OutsideInSettings { Interval = TimeSpan.Zero, Parties = [RelyingParty.Find("aws")!, RelyingParty.Find("entra")!] }, [], Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()),
            TimeProvider.System, log.For<ExternalSelfCheck>())
        {
            Overrides = new ConnectionOverrides { Roots = [issuer.Authority.Root] },
        };

        await probe.LookAsync(Build.Identifier(url), CancellationToken.None);

        Assert.Empty(Assert.Single(probe.Results).Findings.Select(finding => finding.Id));
        Assert.Empty(log.Lines);
    }

    /// <summary>Each thing that an operator states in the configuration and that a stranger's check would warn about.</summary>
    [Theory]
    [InlineData("Issuers:0:Identifier with a slash", "https://127.0.0.1:PORT/")]
    [InlineData("Issuers:0:Identifier with a path and a slash", "https://127.0.0.1:PORT/tenant/")]
    [InlineData("Issuers:0:AllowPrivateHost", "https://localhost:PORT")]
    [InlineData("Issuers:0:Identifier with a port", "https://127.0.0.1:PORT")]
    [InlineData("Issuers:0:Identifier of 700 characters", "https://127.0.0.1:PORT/LONG")]
    [InlineData("ClientMaxAge 0s", "https://127.0.0.1:PORT")]
    [InlineData("ClientMaxAge 1d", "https://127.0.0.1:PORT")]
    [InlineData("Tls:Mode SelfSigned", "https://127.0.0.1:PORT")]
    [InlineData("Tls:Acme:CaFile", "https://127.0.0.1:PORT")]
    [InlineData("Tls:Acme:Directory of a staging environment", "https://127.0.0.1:PORT")]
    public async Task Warns_of_nothing_that_is_configured(string setting, string identifier)
    {
        bool isSelfSigned = setting == "Tls:Mode SelfSigned";
        bool isPrivateCa = setting == "Tls:Acme:CaFile";
        bool isStaging = setting == "Tls:Acme:Directory of a staging environment";
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => isSelfSigned ? TestAuthority.SelfSigned("127.0.0.1") : authority.Leaf(identifier.Contains("localhost", StringComparison.Ordinal) ? "localhost" : "127.0.0.1"), sendIntermediate: !isSelfSigned);
        string url = identifier.Replace("PORT", issuer.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("LONG", new string('a', 700), StringComparison.Ordinal);
        issuer.Misbehave = http => RespondAsync(http, issuer, url, setting);
        CapturedLog log = new();
        using ExternalSelfCheck probe = new(
            new OutsideInSettings { Interval = TimeSpan.Zero, Parties = RelyingParty.All }, [], Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()),
            TimeProvider.System, log.For<ExternalSelfCheck>())
        {
            Overrides = isSelfSigned || isPrivateCa || isStaging ? ConnectionOverrides.None : new ConnectionOverrides { Roots = [issuer.Authority.Root] },
            ChosenRoots = host => isSelfSigned && host == "127.0.0.1" ? new ConnectionOverrides { Roots = [issuer.Leaf] }
                : isPrivateCa ? new ConnectionOverrides { Roots = [issuer.Authority.Root] }
                : isStaging ? new ConnectionOverrides { PinnedLeaf = issuer.Leaf } : null,
        };

        await probe.LookAsync(Build.Identifier(url), CancellationToken.None);

        Assert.Empty(Assert.Single(probe.Results).Findings.Select(finding => $"{finding.Id}: {finding.Found}"));
        Assert.Empty(log.Lines);
    }

    [Theory]
    [InlineData("", "entra")]
    [InlineData("vault,aws", "vault,aws")]
    [InlineData("all", "entra,aws,google,vault,openbao,kubernetes,generic,anthropic,openai,snowflake,databricks,keycloak")]
    [InlineData("aws,all", "entra,aws,google,vault,openbao,kubernetes,generic,anthropic,openai,snowflake,databricks,keycloak")]
    [InlineData("aws,aws", "aws")]
    public void Takes_the_names_that_profile_takes(string names, string parties) =>
        Assert.Equal(parties, string.Join(',', OutsideInSettings.Read(Settings(names)).Parties.Select(party => party.Id)));

    [Fact]
    public void Names_a_profile_that_does_not_exist()
    {
        SettingsReader reader = Settings("entra,All");

        _ = OutsideInSettings.Read(reader);

        Assert.Equal("Profiles: found \"All\", expected entra, aws, google, vault, openbao, kubernetes, generic, anthropic, openai, snowflake, databricks, keycloak, all", Assert.Single(reader.Errors()).Message);
    }

    private static SettingsReader Settings(string profiles) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(profiles.Split(',', StringSplitOptions.RemoveEmptyEntries).Select((name, i) => KeyValuePair.Create($"Profiles:{i}", (string?)name))).Build());

    [Fact]
    public async Task Sees_what_is_wrong_behind_a_self_signed_certificate()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(_ => TestAuthority.SelfSigned("127.0.0.1"), sendIntermediate: false);
        issuer.Discovery = "{}";
        using ExternalSelfCheck probe = new(
            new OutsideInSettings { Interval = TimeSpan.Zero, Parties = [RelyingParty.Find("entra")!] }, [], Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()),
            TimeProvider.System, new CapturedLog().For<ExternalSelfCheck>())
        {
            ChosenRoots = _ => new ConnectionOverrides { Roots = [issuer.Leaf] },
        };

        await probe.LookAsync(Build.Identifier($"https://127.0.0.1:{issuer.Port}"), CancellationToken.None);

        Assert.Contains("issuer-missing", Assert.Single(probe.Results).Findings.Select(finding => finding.Id));
    }

    /// <summary>What the operator has chosen is the gateway's own certificate, not whatever else responds.</summary>
    [Fact]
    public async Task Warns_of_another_certificate_than_its_own()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        using TestAuthority staging = new();
        using ExternalSelfCheck probe = new(
            new OutsideInSettings { Interval = TimeSpan.Zero, Parties = [RelyingParty.Find("entra")!] }, [], Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()),
            TimeProvider.System, new CapturedLog().For<ExternalSelfCheck>())
        {
            ChosenRoots = _ => new ConnectionOverrides { PinnedLeaf = staging.Leaf("127.0.0.1") },
        };

        await probe.LookAsync(Build.Identifier($"https://127.0.0.1:{issuer.Port}"), CancellationToken.None);

        Assert.Contains("tls-untrusted", Assert.Single(probe.Results).Findings.Select(finding => finding.Id));
    }

    private static async Task<bool> RespondAsync(Microsoft.AspNetCore.Http.HttpContext http, CheckFixture issuer, string url, string setting)
    {
        bool isDiscovery = http.Request.Path.Value!.EndsWith("configuration", StringComparison.Ordinal);
        string document = issuer.Discovery.Replace($"{issuer.Issuer}/openid", $"{url.TrimEnd('/')}/openid", StringComparison.Ordinal).Replace(issuer.Issuer, url, StringComparison.Ordinal);
        byte[] body = System.Text.Encoding.UTF8.GetBytes(isDiscovery ? document : issuer.Keys);
        http.Response.Headers.CacheControl = setting switch { "ClientMaxAge 0s" => "public, max-age=0, stale-while-revalidate=30, stale-if-error=86400", "ClientMaxAge 1d" => "public, max-age=86400", _ => "public, max-age=300" };
        http.Response.ContentType = isDiscovery ? "application/json" : "application/jwk-set+json";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body);
        return true;
    }

    [Fact]
    public async Task Tells_what_a_relying_party_would_find_and_when_it_is_gone()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.Leaf("127.0.0.1"));
        CollectorRegistry registry = Metrics.NewCustomRegistry();
        CapturedLog log = new();
        using ExternalSelfCheck probe = new(
            new OutsideInSettings { Interval = TimeSpan.Zero, Parties = [RelyingParty.Find("vault")!] }, [], Metrics.WithCustomRegistry(registry),
            new FakeTimeProvider(DateTimeOffset.Parse("2026-11-24T12:00:00Z")), log.For<ExternalSelfCheck>())
        {
            Overrides = new ConnectionOverrides { Roots = [issuer.Authority.Root] },
        };
        string url = $"https://127.0.0.1:{issuer.Port}";

        issuer.Discovery = "{}";
        await probe.LookAsync(Build.Identifier(url), CancellationToken.None);
        OutsideInResult result = Assert.Single(probe.Results);
        Assert.Contains(result.Findings, finding => finding.Id == "issuer-missing");
        Assert.Contains(log.Lines, line => line.StartsWith($"Warning: External check of {url}: issuer-missing: ", StringComparison.Ordinal));

        issuer.Discovery = $$"""{"issuer":"{{url}}","jwks_uri":"{{url}}/openid/v1/jwks"}""";
        await probe.LookAsync(Build.Identifier(url), CancellationToken.None);
        Assert.DoesNotContain(Assert.Single(probe.Results).Findings, finding => finding.Id == "issuer-missing");
        Assert.Contains($"Information: External check of {url}: issuer-missing resolved", log.Lines);
        using MemoryStream stream = new();
        await registry.CollectAndExportAsTextAsync(stream);
        Assert.Contains($"issuer_gateway_outside_in_timestamp_seconds{{issuer=\"{url}\"}} 1795521600\n", System.Text.Encoding.UTF8.GetString(stream.ToArray()), StringComparison.Ordinal);
    }
}
