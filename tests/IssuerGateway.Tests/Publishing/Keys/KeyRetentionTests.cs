using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing.Keys;

/// <summary>Keys leave by evidence and time, as the publisher sees it: servers that are down, one address, restarts, clocks.</summary>
public sealed class KeyRetentionTests : IDisposable
{
    private const string One = "https://10.0.0.1:6443";
    private const string Two = "https://10.0.0.2:6443";
    private const string Three = "https://10.0.0.3:6443";

    private readonly TemporaryDirectory state = new();

    public void Dispose() => state.Dispose();

    [Theory]
    [InlineData(true, 30, 3600)]
    [InlineData(true, 1800, 5400)]
    [InlineData(false, 30, 90)]
    public void One_response_behind_one_address_says_nothing_for_an_hour_at_least(bool isOneAddress, int interval, int omission) =>
        Assert.Equal(omission, KeyRetention.Of(Settings with { RefreshInterval = TimeSpan.FromSeconds(interval) }, isOneAddress).AfterOmission.TotalSeconds);

    [Fact]
    public async Task A_key_stays_while_the_only_server_that_published_it_is_down()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(One, "a"), Sends(Two, "a"), Sends(Three, "a", "k"));
        for (int i = 0; i < 10; i++)
        {
            await AfterAsync(gateway, 30, Sends(One, "a"), Sends(Two, "a"), Bad(server: Three));
        }

        Assert.Equal("a k", Kids(gateway));
        KeyServerStatus source = Assert.Single(Status(gateway).Keys[1].Servers!);
        Assert.Equal((Three, "silent", gateway.Time.GetUtcNow().AddSeconds(-300), gateway.Time.GetUtcNow().AddSeconds(-300)), (source.Server, source.State, source.Since, source.LastPublished));
    }

    [Fact]
    public async Task A_key_stays_when_its_server_leaves_the_list()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(One, "a"), Sends(Two, "a"), Sends(Three, "a", "k"));
        await AfterAsync(gateway, 3600, Sends(One, "a"), Sends(Two, "a"));
        Assert.Equal("a k", Kids(gateway));

        await AfterAsync(gateway, 23 * 3600, Sends(One, "a"), Sends(Two, "a"));
        Assert.Equal("a", Kids(gateway));
    }

    [Fact]
    public async Task Behind_one_address_alternating_servers_take_no_key_and_restart_no_age()
    {
        using PublisherFixture gateway = new();
        DateTimeOffset start = gateway.Time.GetUtcNow();
        for (int i = 0; i < 100; i++)
        {
            await AfterAsync(gateway, 30, i % 5 == 0 ? Sends(One, "a", "k") : Sends(One, "a"));
        }

        Assert.Equal("a k", Kids(gateway));
        Assert.Equal(start.AddSeconds(30), Status(gateway).Keys[1].FirstSeen);
        Assert.Contains("one address is known", Assert.Single(Status(gateway).Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_refreshes_within_a_second_drop_nothing()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(One, "a", "k"), Sends(Two, "a", "k"));
        for (int i = 0; i < 5; i++)
        {
            await AfterAsync(gateway, 0, Sends(One, "a"), Sends(Two, "a"));
        }

        Assert.Equal("a k", Kids(gateway));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ages_and_servers_survive_a_restart(bool isFromLandedBuild)
    {
        using PublisherFixture before = new(stateDirectory: state.Path);
        await before.RefreshAsync(Sends(One, "a"), Sends(Two, "a"), Sends(Three, "a", "k"));
        await AfterAsync(before, 60, Sends(One, "a"), Sends(Two, "a"), Bad(server: Three));
        if (isFromLandedBuild)
        {
            File.Delete(new KeyProvenanceStore(state.Path).PathOf(before.Issuer.Identifier));
        }

        before.Time.Advance(TimeSpan.FromMinutes(2));
        using PublisherFixture after = new(stateDirectory: state.Path, time: before.Time);
        await after.Publisher.LoadLastKnownGoodAsync();
        await after.RefreshAsync(Sends(One, "a"), Sends(Two, "a"), Bad(server: Three));
        await AfterAsync(after, 3600, Sends(One, "a"), Sends(Two, "a"), Bad(server: Three));

        Assert.Equal("a k", Kids(after));
        Assert.Equal(after.Time.GetUtcNow().AddSeconds(-3780), Status(after).Keys[1].FirstSeen);
        KeyServerStatus source = Assert.Single(Status(after).Keys[1].Servers!);
        Assert.Equal(isFromLandedBuild ? TrackedKey.UnknownServer : Three, source.Server);

        await AfterAsync(after, 23 * 3600, Sends(One, "a"), Sends(Two, "a"), Bad(server: Three));
        Assert.Equal("a", Kids(after));
    }

    [Fact]
    public async Task An_omission_that_began_before_a_restart_continues_after_it()
    {
        using PublisherFixture before = new(stateDirectory: state.Path);
        await before.RefreshAsync(Sends(One, "a", "k"), Sends(Two, "a", "k"));
        await AfterAsync(before, 30, Sends(One, "a"), Sends(Two, "a"));

        before.Time.Advance(TimeSpan.FromSeconds(60));
        using PublisherFixture after = new(stateDirectory: state.Path, time: before.Time);
        await after.Publisher.LoadLastKnownGoodAsync();
        await after.RefreshAsync(Sends(One, "a"), Sends(Two, "a"));
        Assert.Equal("a k", Kids(after));

        await AfterAsync(after, 30, Sends(One, "a"), Sends(Two, "a"));
        Assert.Equal("a", Kids(after));
    }

    [Fact]
    public async Task Counts_the_time_while_the_machine_is_suspended()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(One, "a"), Sends(Two, "a", "k"));
        await AfterAsync(gateway, 30, Sends(One, "a"), Bad(server: Two));

        gateway.Time.Suspend(TimeSpan.FromHours(24));
        Assert.True(Status(gateway).AgeSeconds >= 24 * 3600);
        await gateway.RefreshAsync(Sends(One, "a"), Bad(server: Two));

        Assert.Equal("a", Kids(gateway));
    }

    [Fact]
    public async Task Suspended_for_longer_than_MaxStale_it_serves_nothing_at_the_next_look()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(One, "a"));

        gateway.Time.Suspend(TimeSpan.FromDays(8));
        gateway.Publisher.WithdrawIfStale();

        Assert.Null(gateway.Body(DocumentKind.KeySet));
    }

    [Theory]
    [InlineData(-400)]
    [InlineData(400)]
    public async Task A_step_of_the_wall_clock_drops_no_key(int days)
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(One, "a"), Sends(Two, "a", "k"));
        await AfterAsync(gateway, 30, Sends(One, "a"), Bad(server: Two));

        gateway.Time.Jump(TimeSpan.FromDays(days));
        await AfterAsync(gateway, 30, Sends(One, "a"), Bad(server: Two));
        Assert.Equal("a k", Kids(gateway));

        await AfterAsync(gateway, 30, Sends(One, "a"), Sends(Two, "a"));
        await AfterAsync(gateway, 90, Sends(One, "a"), Sends(Two, "a"));
        Assert.Equal("a", Kids(gateway));
    }

    [Fact]
    public async Task The_metrics_name_the_servers_of_a_key()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(One, "a"), Sends(Two, "a", "k"));
        string line = $"issuer_gateway_key_server_since_timestamp_seconds{{issuer=\"{Build.Url}\",kid=\"k\",server=\"{Two}\"}} 1795521600\n";
        Assert.Contains(line, await gateway.MetricsAsync(), StringComparison.Ordinal);

        await AfterAsync(gateway, 30, Sends(One, "a"), Bad(server: Two));
        Assert.DoesNotContain(line, await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_down_is_a_warning_that_names_it()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(One, "a"), Bad(server: Two), Sends(Three, "a"));

        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal((Severity.Warning, "fetch-timeout", $"server {Two}: no response within 5 s"), (finding.Severity, finding.Rule, finding.Message));
        Assert.Equal(0, gateway.Publisher.State.Failures);
        Assert.Contains($"issuer_gateway_server_up{{issuer=\"{Build.Url}\",server=\"{Two}\"}} 0\n", await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_that_state_different_issuers_make_one_finding()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(One, "a"), States(Two, "https://two.example.test", "a"), States(Three, "https://three.example.test", "a"));

        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(
            ("issuers-differ", $"issuer \"{Build.Url}\": API servers state different issuers: {One} \"{Build.Url}\", {Two} \"https://two.example.test\", {Three} \"https://three.example.test\""),
            (finding.Rule, finding.Message));
        Assert.DoesNotContain("Identifier to", finding.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_spellings_of_one_key_are_no_conflict()
    {
        using PublisherFixture gateway = new();
        string spelled = Build.Rsa("a").Replace("{\"use\":\"sig\",\"kty\":\"RSA\"", "{\"kty\":\"RSA\"", StringComparison.Ordinal).Replace("\"alg\":\"RS256\",", "", StringComparison.Ordinal);
        await gateway.RefreshAsync(Sends(One, "a"), new UpstreamResponse(Two, Pair(Build.Url, spelled), null));

        Assert.Equal(["key-undescribed", "key-differs"], gateway.Publisher.State.Findings.Select(finding => finding.Rule));
        Assert.StartsWith($"server {Two}: ", gateway.Publisher.State.Findings[0].Message, StringComparison.Ordinal);
        Assert.Equal("a", Kids(gateway));
    }

    private static async Task AfterAsync(PublisherFixture gateway, int seconds, params UpstreamResponse[] responses)
    {
        gateway.Time.Advance(TimeSpan.FromSeconds(seconds));
        await gateway.RefreshAsync(responses);
    }

    private static UpstreamResponse Sends(string server, params string[] kids) => States(server, Build.Url, kids);

    private static UpstreamResponse States(string server, string issuer, params string[] kids) => new(server, Pair(issuer, [.. kids.Select(kid => Build.Rsa(kid))]), null);

    private static DocumentPair Pair(string issuer, params string[] keys) => new(
        Build.Utf8($$"""{"issuer":"{{issuer}}","jwks_uri":"https://10.0.0.1:6443/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}"""),
        Build.Utf8($"{{\"keys\":[{string.Join(",", keys)}]}}"),
        TimeSpan.FromHours(1));

    private static IssuerStatus Status(PublisherFixture gateway) => IssuerStatus.Of(gateway.Publisher, gateway.Published, Settings, gateway.Time);

    private static string Kids(PublisherFixture gateway) => string.Join(' ', gateway.Publisher.State.Keys!.Keys.Select(key => key.KeyId));
}
