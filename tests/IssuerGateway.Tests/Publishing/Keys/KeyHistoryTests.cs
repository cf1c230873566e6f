using System.Collections.Immutable;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing.Keys;

public sealed class KeyHistoryTests : IDisposable
{
    private static readonly DateTimeOffset start = DateTimeOffset.Parse("2026-11-24T12:00:00Z");

    private readonly TemporaryDirectory state = new();

    public void Dispose() => state.Dispose();

    [Fact]
    public void Remembers_when_a_key_was_first_seen_last_seen_and_removed()
    {
        KeyHistory history = KeyHistory.StartedAt(start).Observe(["a"], start).Observe(["a", "b"], start.AddHours(1)).Observe(["b"], start.AddHours(2));

        Assert.Equal(new KeyHistoryEntry(start, start.AddHours(1), start.AddHours(2)), history.Entries["a"]);
        Assert.Equal(new KeyHistoryEntry(start.AddHours(1), start.AddHours(2), null), history.Entries["b"]);
        Assert.Equal(start.AddHours(49), history.Entries["b"].SafeToSignAt(TimeSpan.FromHours(48)));
    }

    [Fact]
    public void Starts_again_with_a_key_that_comes_back()
    {
        KeyHistory history = KeyHistory.StartedAt(start).Observe(["a"], start).Observe([], start.AddHours(1)).Observe(["a"], start.AddHours(2));

        Assert.Equal(new KeyHistoryEntry(start.AddHours(2), start.AddHours(2), null), history.Entries["a"]);
    }

    /// <summary>Found by <see cref="KeySetSimulationTests"/> (seed 525756863): the set became empty in between, and nothing was published at all.</summary>
    [Fact]
    public async Task Starts_again_with_the_only_key_that_is_not_revoked_when_it_comes_back()
    {
        using PublisherFixture gateway = new(Build.Issuer(revoked: ["k0"]));
        await RefreshAsync("k0", "k1");
        Assert.Equal(start, FirstSeen());

        // Behind one address a key stays for an hour: in it the age continues.
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        await RefreshAsync("k0");
        gateway.Time.Advance(TimeSpan.FromMinutes(59));
        await RefreshAsync("k0");
        await RefreshAsync("k0", "k1");
        Assert.Equal(start, FirstSeen());

        // Left out for the hour, it is gone, and nobody has seen it until it is back.
        await RefreshAsync("k0");
        gateway.Time.Advance(TimeSpan.FromHours(1));
        await RefreshAsync("k0");
        Assert.Null(gateway.Body(DocumentKind.KeySet));
        await RefreshAsync("k0", "k1");
        Assert.Equal(start.AddHours(2), FirstSeen());

        Task RefreshAsync(params string[] kids) => gateway.RefreshAsync(new UpstreamResponse("https://10.96.0.1:443",
            new DocumentPair(Recorded.Body("discovery-default-jwks-uri"), Build.Utf8($"{{\"keys\":[{string.Join(",", kids.Select(kid => Build.Rsa(kid)))}]}}"), null), null));

        DateTimeOffset? FirstSeen() => Assert.Single(IssuerStatus.Of(gateway.Publisher, gateway.Published, PublisherFixture.Settings, gateway.Time).Keys, key => key.KeyId == "k1").FirstSeen;
    }

    [Fact]
    public void Forgets_the_oldest_removed_keys_beyond_200()
    {
        KeyHistory history = KeyHistory.StartedAt(start);
        for (int i = 0; i < 250; i++)
        {
            history = history.Observe([$"k{i}"], start.AddHours(i));
        }

        Assert.Equal(201, history.Entries.Count);
        Assert.False(history.Entries.ContainsKey("k48"));
        Assert.True(history.Entries.ContainsKey("k49"));
    }

    [Fact]
    public void Goes_on_after_an_earlier_one_that_is_read_late()
    {
        KeyHistory earlier = KeyHistory.StartedAt(start).Observe(["gone", "kept", "dropped", "back"], start).Observe(["kept", "dropped", "back"], start.AddHours(1)).Observe(["kept", "dropped"], start.AddHours(2));
        KeyHistory later = KeyHistory.StartedAt(start.AddHours(9)).Observe(["kept", "back", "new"], start.AddHours(10)).Observe(["kept", "back"], start.AddHours(11));

        KeyHistory both = later.After(earlier);

        Assert.Equal(start, both.WatchingSince);
        Assert.Equal(
            new Dictionary<string, KeyHistoryEntry>
            {
                ["back"] = new(start.AddHours(10), start.AddHours(11), null),
                ["dropped"] = new(start, start.AddHours(2), start.AddHours(9)),
                ["gone"] = new(start, start, start.AddHours(1)),
                ["kept"] = new(start, start.AddHours(11), null),
                ["new"] = new(start.AddHours(10), start.AddHours(10), start.AddHours(11)),
            },
            both.Entries);
    }

    [Fact]
    public async Task Survives_a_restart()
    {
        using PublisherFixture before = new(stateDirectory: state.Path);
        await before.Publisher.LoadLastKnownGoodAsync();
        await before.RefreshAsync(Good(RecordedPair()));

        before.Time.Advance(TimeSpan.FromHours(3));
        using PublisherFixture after = new(stateDirectory: state.Path, time: before.Time);
        await after.Publisher.LoadLastKnownGoodAsync();
        await after.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));

        IssuerStatus status = IssuerStatus.Of(after.Publisher, after.Published, PublisherFixture.Settings, after.Time);
        Assert.Equal(start, status.WatchingSince);
        Assert.Equal([start, start.AddHours(3)], status.Keys.Select(key => key.FirstSeen));
        Assert.Equal([start.AddHours(48), start.AddHours(51)], status.Keys.Select(key => key.SafeToSignAt));
    }

    /// <summary>What two replicas know of a key (hours after the start: first seen, last seen, removed), and what both know then.</summary>
    [Theory]
    [InlineData("0-2", "1-3", "0-3")]
    [InlineData("0-2 removed 3", "1-4", "0-4")]
    [InlineData("0-2", "1-4 removed 5", "0-4 removed 5")]
    [InlineData("0-6 removed 7", "1-4 removed 5", "0-6 removed 7")]
    [InlineData("0-6", "1-4 removed 5", "0-6")]
    [InlineData("0-2 removed 3", "5-6", "5-6")]
    [InlineData("0-2 removed 3", "5-6 removed 7", "5-6 removed 7")]
    [InlineData("0-2 removed 9", "1-4", "0-4 removed 9")]
    [InlineData("0-2 removed 9", "1-4 removed 5", "0-4 removed 9")]
    [InlineData("0-2 removed 3", "3-4", "3-4")]
    [InlineData("0-2 removed 4", "1-4", "0-4")]
    [InlineData("1-4", "0-4 removed 4", "0-4 removed 4")]
    [InlineData("0-5", "1-6 removed 4", "0-6")]
    public void Two_replicas_agree_on_a_key_whichever_asks(string one, string other, string both)
    {
        Assert.Equal(Entry(both), Entry(one).Merge(Entry(other)));
        Assert.Equal(Entry(both), Entry(other).Merge(Entry(one)));
    }

    private static KeyHistoryEntry Entry(string text)
    {
        string[] parts = text.Split(' ', '-');
        return new KeyHistoryEntry(At(parts[0]), At(parts[1]), parts.Length > 2 ? At(parts[3]) : null);

        static DateTimeOffset At(string hour) => start.AddHours(int.Parse(hour, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_key_of_the_end_of_time_is_never_safe_to_sign_with()
    {
        DateTimeOffset late = DateTimeOffset.MaxValue.AddHours(-1);

        Assert.Equal(DateTimeOffset.MaxValue, new KeyHistoryEntry(late, late, null).SafeToSignAt(TimeSpan.FromHours(48)));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    public void Two_histories_begin_where_the_earlier_one_does(int one, int other)
    {
        KeyHistory history = KeyHistory.StartedAt(start.AddHours(one));

        Assert.Equal(start, history.Merge(KeyHistory.StartedAt(start.AddHours(other))).WatchingSince);
        Assert.Equal(start, history.WithAgesOf(KeyHistory.StartedAt(start.AddHours(other))).WatchingSince);
    }

    [Theory]
    [InlineData(true, 0, "a 0-2", "b 1-2")]
    [InlineData(true, 0, "a 0-9", "b 1-9")]
    [InlineData(false, 1, "a 0-2", "b 1-2")]
    [InlineData(false, 0, "a 0-2")]
    [InlineData(false, 0, "a 0-2", "b 1-2", "c 1-2")]
    [InlineData(false, 0, "a 0-2", "c 1-2")]
    [InlineData(false, 0, "a 0-2", "b 0-2")]
    [InlineData(false, 0, "a 0-2", "b 1-2 removed 3")]
    public void Knows_a_history_that_differs_in_more_than_when_keys_were_last_seen(bool isSame, int since, params string[] entries)
    {
        KeyHistory history = History(0, "a 0-2", "b 1-2");
        KeyHistory other = History(since, entries);

        Assert.Equal(isSame, history.HasSameKeys(other));
        Assert.Equal(isSame, other.HasSameKeys(history));

        static KeyHistory History(int since, params string[] entries) => new(
            start.AddHours(since),
            entries.ToImmutableSortedDictionary(entry => entry[..1], entry => Entry(entry[2..]), StringComparer.Ordinal));
    }

    [Fact]
    public async Task Reports_a_damaged_key_history_and_starts_over()
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await File.WriteAllTextAsync(new KeyHistoryStore(state.Path).PathOf(gateway.Issuer.Identifier), "{\"Version\":1}");

        await gateway.Publisher.LoadLastKnownGoodAsync();

        Assert.Equal("key-history-unreadable", Assert.Single(gateway.Publisher.State.Findings).Rule);
        Assert.Equal(start, gateway.Publisher.State.History!.WatchingSince);
    }

    [Fact]
    public async Task Shows_a_removed_key_until_it_is_forgotten()
    {
        using PublisherFixture gateway = new(Build.Issuer(), state.Path);
        await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
        gateway.Time.Advance(TimeSpan.FromSeconds(30));
        await gateway.RefreshAsync(Good(RecordedPair()));
        gateway.Time.Advance(TimeSpan.FromHours(1));
        await gateway.RefreshAsync(Good(RecordedPair()));

        KeyStatus removed = IssuerStatus.Of(gateway.Publisher, gateway.Published, PublisherFixture.Settings, gateway.Time).Keys[^1];
        Assert.Equal(("UN9Oqr8ig7nw1YNNIrFGma2uSQ7CojgKl_Jrkpk5AVE", start.AddSeconds(30).AddHours(1)), (removed.KeyId, removed.Removed));
    }
}
