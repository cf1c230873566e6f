using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing;

/// <summary>Upgrade from the build of 2026-11-25, and rollback to it: nothing of StateDirectory is lost either way.</summary>
public sealed class LandedStateTests : IDisposable
{
    private readonly TemporaryDirectory state = new();
    private readonly IssuerIdentifier issuer = Build.Identifier();

    public void Dispose() => state.Dispose();

    [Fact]
    public async Task An_upgrade_serves_the_documents_and_keeps_the_ages_that_the_landed_build_left()
    {
        JumpingTime time = new();
        DateTimeOffset seen = time.GetUtcNow().AddDays(-30);
        DateTimeOffset removed = time.GetUtcNow().AddDays(-2);
        string kid = KeySet.Parse(Recorded.Body("jwks-one-rsa"), out _)!.Keys[0].KeyId!;
        await File.WriteAllBytesAsync(PathOf("issuer"), LandedRules.Write(new LandedRules.Documents
        {
            Version = 1,
            Issuer = issuer.Value,
            ConfirmedAt = time.GetUtcNow().AddMinutes(-10),
            MaxAgeSeconds = 3600,
            Discovery = Recorded.Body("discovery-default-jwks-uri"),
            KeySet = Recorded.Body("jwks-one-rsa"),
        }));
        await File.WriteAllBytesAsync(PathOf("keys"), LandedRules.Write(new LandedRules.History(1, issuer.Value, seen.AddDays(-1), new()
        {
            [kid] = new LandedRules.HistoryEntry(seen, time.GetUtcNow().AddMinutes(-10), null),
            ["gone"] = new LandedRules.HistoryEntry(seen.AddDays(-1), removed, removed),
        })));

        using PublisherFixture gateway = new(stateDirectory: state.Path, time: time);
        await gateway.Publisher.LoadLastKnownGoodAsync();

        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.Equal(Recorded.Body("jwks-one-rsa"), Encoding.UTF8.GetBytes(gateway.Body(DocumentKind.KeySet)!));
        Assert.Equal(seen, gateway.Publisher.State.History!.Entries[kid].FirstSeen);
        Assert.Equal(removed, gateway.Publisher.State.History.Entries["gone"].Removed);

        await gateway.RefreshAsync(Good(RecordedPair()));
        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.Equal(seen, gateway.Publisher.State.History!.Entries[kid].FirstSeen);
    }

    [Fact]
    public async Task A_rollback_reads_what_this_build_wrote_and_an_upgrade_after_it_reads_what_that_wrote()
    {
        JumpingTime time = new();
        DateTimeOffset first = time.GetUtcNow();
        using (PublisherFixture gateway = new(stateDirectory: state.Path, time: time))
        {
            await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
            time.Advance(TimeSpan.FromHours(1));
            await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
        }

        LandedRules.Documents? documents = LandedRules.ReadDocuments(await File.ReadAllBytesAsync(PathOf("issuer")));
        LandedRules.History? history = LandedRules.ReadKeyHistory(await File.ReadAllBytesAsync(PathOf("keys")));
        Assert.NotNull(documents);
        Assert.NotNull(history);
        Assert.Equal(Recorded.Body("jwks-two-rsa-rotated"), documents.KeySet);
        Assert.Equal([first, first], history.Keys.Values.Select(entry => entry.FirstSeen));

        // The landed build continues with them; the file of provenance, which it does not know, stays as it is and is old.
        time.Advance(TimeSpan.FromHours(1));
        await File.WriteAllBytesAsync(PathOf("issuer"), LandedRules.Write(documents with { ConfirmedAt = time.GetUtcNow(), KeySet = Recorded.Body("jwks-two-rsa-one-ec") }));
        string added = KeySet.Parse(Recorded.Body("jwks-two-rsa-one-ec"), out _)!.Keys.Select(key => key.KeyId!).Single(kid => !history.Keys.ContainsKey(kid));
        history.Keys[added] = new LandedRules.HistoryEntry(time.GetUtcNow(), time.GetUtcNow(), null);
        await File.WriteAllBytesAsync(PathOf("keys"), LandedRules.Write(history));

        using PublisherFixture again = new(stateDirectory: state.Path, time: time);
        await again.Publisher.LoadLastKnownGoodAsync();

        Assert.Empty(again.Publisher.State.Findings);
        Assert.Equal(Recorded.Body("jwks-two-rsa-one-ec"), Encoding.UTF8.GetBytes(again.Body(DocumentKind.KeySet)!));
        Assert.Equal(time.GetUtcNow(), again.Publisher.State.History!.Entries[added].FirstSeen);
        Assert.All(history.Keys.Keys.Where(kid => kid != added), kid => Assert.Equal(first, again.Publisher.State.History.Entries[kid].FirstSeen));
    }

    /// <summary>The rules are able to fail.</summary>
    [Fact]
    public async Task The_landed_rules_reject_a_member_that_they_do_not_know_and_a_changed_value()
    {
        using (PublisherFixture gateway = new(stateDirectory: state.Path))
        {
            await gateway.RefreshAsync(Good(RecordedPair()));
        }

        foreach (string kind in (string[])["issuer", "keys"])
        {
            string text = await File.ReadAllTextAsync(PathOf(kind));
            Assert.True(IsRead(kind, text));
            Assert.False(IsRead(kind, text.Replace("\"Version\": 1,", "\"Version\": 1,\n  \"More\": 1,", StringComparison.Ordinal)));
            Assert.False(IsRead(kind, text.Replace("\"Version\": 1,", "\"Version\": 2,", StringComparison.Ordinal)));
            Assert.False(IsRead(kind, text.Replace("issuer.example.test", "issuer.example.tesu", StringComparison.Ordinal)));
        }
    }

    private static bool IsRead(string kind, string text) =>
        kind == "issuer" ? LandedRules.ReadDocuments(Encoding.UTF8.GetBytes(text)) is not null : LandedRules.ReadKeyHistory(Encoding.UTF8.GetBytes(text)) is not null;

    private string PathOf(string kind) => Path.Combine(state.Path, StateFile.NameOf(kind, issuer));
}
