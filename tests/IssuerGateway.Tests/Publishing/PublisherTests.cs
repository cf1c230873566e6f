using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing;

public sealed class PublisherTests : IDisposable
{
    private const string Published = """{"issuer":"https://issuer.example.test","jwks_uri":"https://issuer.example.test/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""";

    private readonly TemporaryDirectory state = new();

    public void Dispose() => state.Dispose();

    [Fact]
    public async Task Publishes_nothing_before_the_first_good_response()
    {
        using PublisherFixture gateway = new();

        Assert.Null(gateway.Body(DocumentKind.Discovery));
        await gateway.RefreshAsync(Bad());
        Assert.Null(gateway.Body(DocumentKind.KeySet));
    }

    [Fact]
    public async Task Publishes_the_recorded_documents()
    {
        using PublisherFixture gateway = new();

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.Equal(Published, gateway.Body(DocumentKind.Discovery));
        Assert.Equal(Recorded.Body("jwks-one-rsa"), gateway.Published.Find(gateway.Issuer.Identifier)![0, DocumentKind.KeySet].Body.ToArray());
        Assert.Equal("public, max-age=300, stale-while-revalidate=30, stale-if-error=86400", gateway.CacheControl());
    }

    [Fact]
    public async Task Logs_each_change_of_state_once()
    {
        using PublisherFixture gateway = new();
        const string Kid = "F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o";

        await gateway.RefreshAsync(Good(RecordedPair()));
        await gateway.RefreshAsync(Good(RecordedPair()));
        Assert.Equal(
            [
                $"Information: Key added: issuer {Build.Url} publishes kid {Kid}",
                $"Information: Issuer accepted: {Build.Url} is confirmed by its upstream",
            ],
            gateway.Log.Lines);

        gateway.Log.Clear();
        await gateway.RefreshAsync(Bad());
        await gateway.RefreshAsync(Bad());
        Assert.Equal(
            [
                $"Error: Finding fetch-timeout of issuer {Build.Url}: server https://10.0.0.1:6443: no response within 5 s; hint: check the network between gateway and API server; more: docs/troubleshooting/findings.md#fetch-timeout",
                $"Warning: Stale began: no API server gave valid documents for {Build.Url}; last confirmed 11/24/2026 12:00:00 +00:00",
            ],
            gateway.Log.Lines);

        gateway.Log.Clear();
        await gateway.RefreshAsync(Good(RecordedPair()));
        Assert.Equal(
            [
                $"Information: Finding fetch-timeout of issuer {Build.Url} resolved: server https://10.0.0.1:6443: no response within 5 s",
                $"Information: Stale ended: issuer {Build.Url} is confirmed again after 2 failed refreshes",
            ],
            gateway.Log.Lines);
    }

    public static TheoryData<string, string, string> BadPairs => new()
    {
        { """{"issuer":"https://other.example.test","jwks_uri":"x"}""", $$"""{"keys":[{{Build.Rsa("z")}}]}""", "issuer-mismatch" },
        { """{"issuer":"https://issuer.example.test","jwks_uri":"x","issuer":"y"}""", $$"""{"keys":[{{Build.Rsa("z")}}]}""", "discovery-malformed" },
        { """{"issuer":"https://issuer.example.test","jwks_uri":"x"}""", """{"keys":[]}""", "key-set-empty" },
        { """{"issuer":"https://issuer.example.test","jwks_uri":"x"}""", """{"keys":[{"kty":"RSA","kid":"z","n":"AQAB","e":"AQAB","d":"AQAB"}]}""", "private-key" },
        { """{"issuer":"https://issuer.example.test","jwks_uri":"x"}""", $$"""{"keys":[{{Build.Rsa("z")}},{{Build.Rsa("z")}}]}""", "kid-duplicate" },
        { """{"issuer":"https://issuer.example.test","jwks_uri":"x"}""", """{"keys":[""", "key-set-malformed" },
        { "<html>welcome</html>", "<html>welcome</html>", "discovery-malformed" },
    };

    [Theory]
    [MemberData(nameof(BadPairs))]
    public async Task A_bad_pair_never_replaces_a_good_one(string discovery, string keys, string rule)
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Good(RecordedPair()));

        await gateway.RefreshAsync(Good(new DocumentPair(Build.Utf8(discovery), Build.Utf8(keys), null)));

        Assert.Equal(Published, gateway.Body(DocumentKind.Discovery));
        Assert.Equal(Recorded.Body("jwks-one-rsa"), Build.Utf8(gateway.Body(DocumentKind.KeySet)!));
        Assert.Contains(gateway.Publisher.State.Findings, finding => finding.Rule == rule);
        Assert.Contains(gateway.Log.Lines, line => line.StartsWith($"Error: Finding {rule} ", StringComparison.Ordinal));
        Assert.Contains($"issuer_gateway_refresh_total{{issuer=\"{Build.Url}\",server=\"https://10.0.0.1:6443\",outcome=\"{rule}\"}} 1", await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_good_server_of_three_is_enough()
    {
        using PublisherFixture gateway = new();

        await gateway.RefreshAsync(Bad(server: "https://10.0.0.1:6443"), Good(RecordedPair(), "https://10.0.0.2:6443"), Bad("forbidden", "https://10.0.0.3:6443"));

        Assert.Equal(Published, gateway.Body(DocumentKind.Discovery));
        Assert.Equal(0, gateway.Publisher.State.Failures);
        Assert.Equal([false, true, false], gateway.Publisher.State.Servers.Select(server => server.IsAccepted));
    }

    [Fact]
    public async Task Names_the_server_that_lacks_a_key()
    {
        using PublisherFixture gateway = new();

        await gateway.RefreshAsync(Good(RecordedPair(), "https://10.0.0.1:6443"), Good(RecordedPair(keys: "jwks-two-rsa-rotated"), "https://10.0.0.2:6443"));

        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(("servers-differ", "server https://10.0.0.1:6443: lacks kid \"UN9Oqr8ig7nw1YNNIrFGma2uSQ7CojgKl_Jrkpk5AVE\", which another API server publishes"), (finding.Rule, finding.Message));
        Assert.Equal(2, gateway.Publisher.State.Keys!.Keys.Count);
    }

    [Fact]
    public async Task Publishes_every_earlier_identifier_with_the_same_keys()
    {
        using PublisherFixture gateway = new(Build.Issuer("https://new.example.test", previous: ["https://old.example.test/a/"]));

        await gateway.RefreshAsync(Good(RecordedPair("discovery-two-issuers-first-wins")));

        Assert.StartsWith("""{"issuer":"https://old.example.test/a/","jwks_uri":"https://old.example.test/a/openid/v1/jwks",""", gateway.Body(DocumentKind.Discovery, identifier: 1), StringComparison.Ordinal);
        Assert.Equal(gateway.Body(DocumentKind.KeySet, identifier: 0), gateway.Body(DocumentKind.KeySet, identifier: 1));
    }

    [Fact]
    public async Task Serves_through_faults_until_MaxStale_and_not_longer()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Good(RecordedPair()));

        gateway.Time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMinutes(10));
        await gateway.RefreshAsync(Bad());
        Assert.Equal(Published, gateway.Body(DocumentKind.Discovery));

        gateway.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(gateway.Body(DocumentKind.Discovery));
        gateway.Publisher.WithdrawIfStale();
        Assert.Contains($"issuer_gateway_keys{{issuer=\"{Build.Url}\"}} 0\n", await gateway.MetricsAsync(), StringComparison.Ordinal);

        await gateway.RefreshAsync(Bad());
        Assert.Contains($"issuer_gateway_keys{{issuer=\"{Build.Url}\"}} 0\n", await gateway.MetricsAsync(), StringComparison.Ordinal);
        Assert.Contains(gateway.Log.Lines, line => line.StartsWith($"Error: Issuer withdrawn: {Build.Url} ", StringComparison.Ordinal));
        await gateway.RefreshAsync(Good(RecordedPair()));
        Assert.Equal(Published, gateway.Body(DocumentKind.Discovery));
    }

    [Fact]
    public async Task Promises_caches_less_as_staleness_runs_out()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Good(RecordedPair()));

        // 400 s left, of which up to 66 s pass until the header is made again and 15 s more while that refresh runs.
        gateway.Time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(400));
        await gateway.RefreshAsync(Bad());

        Assert.Equal("public, max-age=300, stale-while-revalidate=19, stale-if-error=19", gateway.CacheControl());
    }

    [Fact]
    public async Task A_jump_of_the_wall_clock_evicts_nothing()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Good(RecordedPair()));

        gateway.Time.Jump(TimeSpan.FromDays(30));
        await gateway.RefreshAsync(Bad());
        Assert.Equal(Published, gateway.Body(DocumentKind.Discovery));

        gateway.Time.Jump(TimeSpan.FromDays(-60));
        await gateway.RefreshAsync(Bad());
        Assert.Equal(Published, gateway.Body(DocumentKind.Discovery));
    }

    [Fact]
    public async Task Restarted_while_every_server_is_down_it_publishes_from_disk()
    {
        using PublisherFixture before = new(stateDirectory: state.Path);
        await before.RefreshAsync(Good(RecordedPair()));

        using PublisherFixture after = new(stateDirectory: state.Path, time: before.Time);
        await after.Publisher.LoadLastKnownGoodAsync();

        Assert.Equal(Published, after.Body(DocumentKind.Discovery));
        Assert.Equal(before.Body(DocumentKind.KeySet), after.Body(DocumentKind.KeySet));
        Assert.Equal(0, after.Source.Fetches);
        Assert.False(after.Publisher.State.HasRefreshed);
    }

    [Fact]
    public async Task Staleness_counts_on_over_a_restart()
    {
        using PublisherFixture before = new(stateDirectory: state.Path);
        await before.RefreshAsync(Good(RecordedPair()));

        before.Time.Advance(TimeSpan.FromDays(6));
        using PublisherFixture after = new(stateDirectory: state.Path, time: before.Time);
        await after.Publisher.LoadLastKnownGoodAsync();
        Assert.NotNull(after.Body(DocumentKind.Discovery));
        after.Time.Advance(TimeSpan.FromDays(1));
        Assert.Null(after.Body(DocumentKind.Discovery));

        using PublisherFixture late = new(stateDirectory: state.Path, time: before.Time);
        await late.Publisher.LoadLastKnownGoodAsync();
        Assert.Null(late.Body(DocumentKind.Discovery));
    }

    [Fact]
    public async Task Validates_what_it_finds_on_disk_by_the_rules_of_today()
    {
        using PublisherFixture before = new(stateDirectory: state.Path);
        await before.RefreshAsync(Good(RecordedPair()));

        using PublisherFixture stricter = new(Build.Issuer(policy: KeySetUriPolicy.Require), state.Path, time: before.Time);
        await stricter.Publisher.LoadLastKnownGoodAsync();
        Assert.Null(stricter.Body(DocumentKind.Discovery));
        Assert.Equal("jwks-uri-mismatch", Assert.Single(stricter.Publisher.State.Findings).Rule);

        using PublisherFixture revoked = new(Build.Issuer(revoked: ["F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o"]), state.Path, time: before.Time);
        await revoked.Publisher.LoadLastKnownGoodAsync();
        Assert.Null(revoked.Body(DocumentKind.KeySet));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"Version\":1}")]
    [InlineData("""{"Version":1,"Issuer":"https://issuer.example.test","ConfirmedAt":"2026-11-24T10:00:00Z","MaxAgeSeconds":1e300,"Discovery":"e30=","KeySet":"e30="}""")]
    [InlineData("""{"Version":1,"Issuer":"https://issuer.example.test","ConfirmedAt":"2026-11-24T10:00:00Z","MaxAgeSeconds":null,"Discovery":null,"KeySet":"e30="}""")]
    [InlineData("\u0000\u0000\u0000")]
    public async Task Reports_a_damaged_state_file_and_replaces_it(string damaged)
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        string path = new LastKnownGoodStore(state.Path).PathOf(gateway.Issuer.Identifier);
        await File.WriteAllTextAsync(path, damaged);

        await gateway.Publisher.LoadLastKnownGoodAsync();
        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(("state-unreadable", $"state of issuer \"{Build.Url}\": {path}: not in the format in which the gateway writes it"), (finding.Rule, finding.Message));

        await gateway.RefreshAsync(Good(RecordedPair()));
        using PublisherFixture after = new(stateDirectory: state.Path, time: gateway.Time);
        await after.Publisher.LoadLastKnownGoodAsync();
        Assert.Equal(Published, after.Body(DocumentKind.Discovery));
    }

    [Fact]
    public async Task Publishes_and_warns_when_the_state_cannot_be_written()
    {
        string missing = Path.Combine(state.File("missing"), "state");
        using PublisherFixture gateway = new(stateDirectory: missing);

        await gateway.RefreshAsync(Good(RecordedPair()));
        Finding[] first = [.. gateway.Publisher.State.Findings];
        await gateway.RefreshAsync(Good(RecordedPair()));

        // The same text each time, so that it is logged once.
        Assert.Equal(first, gateway.Publisher.State.Findings);
        Assert.Equal($"state of issuer \"{Build.Url}\": {missing} does not exist, and neither does {state.File("missing")}", first[0].Message);

        Assert.Equal(Published, gateway.Body(DocumentKind.Discovery));
        Assert.Equal(["state-not-written", "key-history-not-written"], gateway.Publisher.State.Findings.Select(finding => finding.Rule));
    }

    [Fact]
    public async Task Confirms_on_disk_at_most_every_five_minutes()
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        LastKnownGoodStore store = new(state.Path);
        DateTimeOffset first = gateway.Time.GetUtcNow();

        await gateway.RefreshAsync(Good(RecordedPair()));
        gateway.Time.Advance(TimeSpan.FromMinutes(4));
        await gateway.RefreshAsync(Good(RecordedPair()));
        Assert.Equal(first, store.Load(gateway.Issuer.Identifier, out _)!.ConfirmedAt);

        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        await gateway.RefreshAsync(Good(RecordedPair()));
        Assert.Equal(first.AddMinutes(5), store.Load(gateway.Issuer.Identifier, out _)!.ConfirmedAt);
    }

    // In an emergency nobody looks twice at 43 characters.
    [Theory]
    [InlineData("F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2O", true)]
    [InlineData("F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2", true)]
    [InlineData(" F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o\n", true)]
    [InlineData("F5FYFiZjrNXR...", true)]
    [InlineData("other,F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o", true)]
    [InlineData("a-key-that-was-removed-long-ago-from-all-of-them", false)]
    [InlineData("F5", false)]
    public async Task An_entry_of_RevokedKeys_that_revokes_nothing_is_named(string entry, bool isAlmostPublished)
    {
        using PublisherFixture gateway = new(Build.Issuer(revoked: [entry]));

        await gateway.RefreshAsync(Good(RecordedPair()));

        string shown = entry.Replace('\n', '?');
        Finding[] findings = [.. gateway.Publisher.State.Findings.Where(finding => finding.Rule == "revoked-key-unknown")];
        Assert.Equal(
            isAlmostPublished ? [$"issuer \"{Build.Url}\": RevokedKeys names \"{shown}\", which no API server publishes; \"F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o\" is still published"] : [],
            findings.Select(finding => finding.Message));
        Assert.Contains(IssuerStatus.Of(gateway.Publisher, gateway.Published, Settings, gateway.Time).Notes, note => note.StartsWith($"RevokedKeys names \"{shown}\", which no API server publishes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_entry_of_RevokedKeys_that_revokes_a_key_is_not_named()
    {
        using PublisherFixture gateway = new(Build.Issuer(revoked: ["F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o"]));

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.DoesNotContain(gateway.Publisher.State.Findings, finding => finding.Rule == "revoked-key-unknown");
        Assert.Empty(gateway.Publisher.State.UnmatchedRevocations);
    }

    [Fact]
    public async Task Publishes_nothing_when_every_key_is_revoked()
    {
        using PublisherFixture gateway = new(Build.Issuer(revoked: ["F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o"]));

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.Null(gateway.Body(DocumentKind.KeySet));
        Assert.Contains(gateway.Publisher.State.Findings, finding => finding.Rule == "keys-all-revoked");
    }

    [Fact]
    public async Task Tells_the_metrics_what_an_alert_needs()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Good(RecordedPair(), "s1"), Bad(server: "s2"));
        await gateway.RefreshAsync(Bad(server: "s1"), Bad(server: "s2"));

        string metrics = await gateway.MetricsAsync();

        foreach (string line in (string[])
        [
            $"issuer_gateway_refresh_total{{issuer=\"{Build.Url}\",server=\"s1\",outcome=\"accepted\"}} 1",
            $"issuer_gateway_refresh_total{{issuer=\"{Build.Url}\",server=\"s2\",outcome=\"fetch-timeout\"}} 2",
            $"issuer_gateway_server_up{{issuer=\"{Build.Url}\",server=\"s2\"}} 0",
            $"issuer_gateway_last_success_timestamp_seconds{{issuer=\"{Build.Url}\",server=\"s1\"}} 1795521600",
            $"issuer_gateway_confirmed_timestamp_seconds{{issuer=\"{Build.Url}\"}} 1795521600",
            $"issuer_gateway_stale{{issuer=\"{Build.Url}\"}} 1",
            $"issuer_gateway_keys{{issuer=\"{Build.Url}\"}} 1",
            $"issuer_gateway_servers_diverging{{issuer=\"{Build.Url}\"}} 0",
            $"issuer_gateway_findings{{issuer=\"{Build.Url}\",rule=\"fetch-timeout\",severity=\"error\"}} 2",
        ])
        {
            Assert.Contains(line + "\n", metrics, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_metric_of_a_finding_follows_its_severity()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Bad(server: "s1"), Bad(server: "s2"));
        Assert.Contains("rule=\"fetch-timeout\",severity=\"error\"} 2\n", await gateway.MetricsAsync(), StringComparison.Ordinal);

        await gateway.RefreshAsync(Good(RecordedPair(), "s1"), Bad(server: "s2"));

        string metrics = await gateway.MetricsAsync();
        Assert.Contains("rule=\"fetch-timeout\",severity=\"warning\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("rule=\"fetch-timeout\",severity=\"error\"", metrics, StringComparison.Ordinal);
    }

    // G49: the number of series grew with every address that an API server ever had.
    [Fact]
    public async Task A_server_that_left_the_list_leaves_the_metrics()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Good(RecordedPair(), "s1"), Bad(server: "s2"));
        int before = (await gateway.MetricsAsync()).Split('\n').Length;
        for (int address = 3; address < 20; address++)
        {
            await gateway.RefreshAsync(Good(RecordedPair(), "s1"), Bad(server: $"s{address}"));
        }

        string metrics = await gateway.MetricsAsync();
        Assert.DoesNotContain("server=\"s2\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("server=\"s18\"", metrics, StringComparison.Ordinal);
        Assert.InRange(metrics.Split('\n').Length, 0, before + 2);
    }
}
