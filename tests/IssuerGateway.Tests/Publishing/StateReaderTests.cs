using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Tests.Tls;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing;

/// <summary>State whose disk does not respond at the start: it is waited for as long as is said, and never taken for newer than it is.</summary>
public sealed class StateReaderTests : IDisposable
{
    private readonly TemporaryDirectory state = new();
    private readonly IssuerIdentifier issuer = Build.Identifier();

    public void Dispose() => state.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Waits_5_seconds_says_so_once_and_continues_without(bool isKeyHistory)
    {
        await WriteAsync();
        using HangingFile? away = await HangingFile.TryCreateAsync(isKeyHistory ? new KeyHistoryStore(state.Path).PathOf(issuer) : new LastKnownGoodStore(state.Path).PathOf(issuer));
        if (away is null)
        {
            return;
        }

        using PublisherFixture gateway = new(stateDirectory: state.Path);

        await StartAsync(gateway);

        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal((Severity.Error, "state-not-read", $"state of issuer \"{Build.Url}\": reading StateDirectory timed out after 5 s"),
            (finding.Severity, finding.Rule, finding.Message));
        Assert.Equal(
            [$"Error: Finding state-not-read of issuer {Build.Url}: {finding.Message}; hint: check that the StateDirectory volume is mounted and responsive. Nothing is published until an API server responds; key ages restart until the volume does; more: docs/troubleshooting/findings.md#state-not-read"],
            gateway.Log.Lines);
        Assert.Null(gateway.Body(DocumentKind.KeySet));
        Assert.Equal(gateway.Time.GetUtcNow(), gateway.Publisher.State.History!.WatchingSince);

        await gateway.RefreshAsync(Good(RecordedPair()));
        Assert.NotNull(gateway.Body(DocumentKind.KeySet));
        Assert.Equal([finding], gateway.Publisher.State.Findings);
    }

    [Fact]
    public async Task What_comes_late_is_published_while_no_API_server_has_responded()
    {
        await WriteAsync();
        DateTimeOffset watchingSince = new KeyHistoryStore(state.Path).Load(issuer, default, out _).WatchingSince;
        using HangingFile? away = await HangingFile.TryCreateAsync(new LastKnownGoodStore(state.Path).PathOf(issuer));
        if (away is null)
        {
            return;
        }

        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await StartAsync(gateway);
        await gateway.RefreshAsync(Bad());
        Assert.Null(gateway.Body(DocumentKind.KeySet));

        await away.RespondAsync(Environment.ProcessId);

        await Eventually.TrueAsync(async () =>
        {
            await gateway.RefreshAsync(Bad());
            return gateway.Body(DocumentKind.KeySet) is not null;
        });
        Assert.Equal(watchingSince, gateway.Publisher.State.History!.WatchingSince);
        Assert.False(gateway.Publisher.State.HasRefreshed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_history_of_the_keys_continues_however_late_it_comes(bool isKeyHistory)
    {
        await WriteAsync();
        KeyHistoryStore store = new(state.Path);
        KeyHistory earlier = store.Load(issuer, default, out _);
        using HangingFile? away = await HangingFile.TryCreateAsync(isKeyHistory ? store.PathOf(issuer) : new LastKnownGoodStore(state.Path).PathOf(issuer));
        if (away is null)
        {
            return;
        }

        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await StartAsync(gateway);
        await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
        Assert.Equal(gateway.Time.GetUtcNow(), gateway.Publisher.State.History!.WatchingSince);

        // It was not written over in the meantime.
        Assert.True(!isKeyHistory || away.IsInPlace);
        Assert.True(isKeyHistory || store.Load(issuer, default, out _).HasSameKeys(earlier));

        await away.RespondAsync(Environment.ProcessId);

        await Eventually.TrueAsync(async () =>
        {
            await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
            return gateway.Publisher.State.Findings.IsEmpty;
        });
        KeyHistory now = gateway.Publisher.State.History!;
        Assert.Equal(earlier.WatchingSince, now.WatchingSince);
        Assert.Equal(2, now.Entries.Count);
        (string known, KeyHistoryEntry entry) = Assert.Single(earlier.Entries);
        Assert.Equal(new KeyHistoryEntry(entry.FirstSeen, gateway.Time.GetUtcNow(), Removed: null), now.Entries[known]);
        Assert.True(store.Load(issuer, default, out _).HasSameKeys(now));
        Assert.Contains(gateway.Log.Lines, line => line.StartsWith($"Information: Finding state-not-read of issuer {Build.Url} resolved", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_comes_late_takes_the_place_of_nothing_newer()
    {
        await WriteAsync();
        LastKnownGoodStore store = new(state.Path);
        using HangingFile? away = await HangingFile.TryCreateAsync(store.PathOf(issuer));
        if (away is null)
        {
            return;
        }

        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await StartAsync(gateway);
        await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
        string published = gateway.Body(DocumentKind.KeySet)!;

        await away.RespondAsync(Environment.ProcessId);

        // Far more than the few steps from what has been read to a response.
        for (int refreshes = 0; refreshes < 100; refreshes++)
        {
            await gateway.RefreshAsync(Bad());
            Assert.Equal(published, gateway.Body(DocumentKind.KeySet));
        }

        Assert.Equal(Recorded.Body("jwks-two-rsa-rotated"), store.Load(issuer, out _)!.KeySet);
        Assert.Equal(2, new KeyHistoryStore(state.Path).Load(issuer, default, out _).Entries.Count);
    }

    /// <summary>What an earlier run leaves, a day before.</summary>
    private async Task WriteAsync()
    {
        JumpingTime earlier = new();
        earlier.Jump(TimeSpan.FromDays(-1));
        using PublisherFixture before = new(stateDirectory: state.Path, time: earlier);
        await before.RefreshAsync(Good(RecordedPair()));
    }

    private static async Task StartAsync(PublisherFixture gateway)
    {
        Task load = gateway.Publisher.LoadLastKnownGoodAsync();
        await Eventually.TrueAsync(() => gateway.Time.Waits.Contains(StateReader.Timeout));
        gateway.Time.Advance(StateReader.Timeout - TimeSpan.FromTicks(1));
        Assert.False(load.IsCompleted);
        gateway.Time.Advance(TimeSpan.FromTicks(1));
        await load;
    }
}
