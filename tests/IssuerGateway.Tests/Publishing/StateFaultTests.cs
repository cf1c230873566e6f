using System.Diagnostics;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing;

/// <summary>Damage to the state files of publishing: what is read back is what was written, or nothing.</summary>
public sealed class StateFaultTests : IDisposable
{
    private readonly TemporaryDirectory state = new();
    private readonly IssuerIdentifier issuer = Build.Identifier();

    public void Dispose() => state.Dispose();

    [Fact]
    public async Task No_flipped_bit_of_the_documents_is_ever_published()
    {
        LastKnownGoodStore store = new(state.Path);
        byte[] written = await WrittenAsync(store.PathOf(issuer));
        LastKnownGood good = store.Load(issuer, out _)!;
        int rejected = 0;
        for (int bit = 0; bit < written.Length * 8; bit++)
        {
            WriteFlipped(store.PathOf(issuer), written, bit);
            LastKnownGood? read = store.Load(issuer, out Finding? fault);
            if (read is null)
            {
                Assert.Contains(fault!.Rule, (string[])["state-unreadable", "state-newer"]);
                rejected++;
                continue;
            }

            Assert.True(read.Discovery.AsSpan().SequenceEqual(good.Discovery) && read.KeySet.AsSpan().SequenceEqual(good.KeySet), $"bit {bit}");
            Assert.Equal((good.ConfirmedAt, good.MaxAgeSeconds), (read.ConfirmedAt, read.MaxAgeSeconds));
        }

        Assert.True(rejected > written.Length * 7, $"{rejected} of {written.Length * 8}");
    }

    [Fact]
    public async Task No_flipped_bit_of_the_key_history_is_ever_taken_for_history()
    {
        KeyHistoryStore store = new(state.Path);
        byte[] written = await WrittenAsync(store.PathOf(issuer));
        DateTimeOffset now = new JumpingTime().GetUtcNow().AddDays(1);
        KeyHistory good = store.Load(issuer, now, out _);
        for (int bit = 0; bit < written.Length * 8; bit++)
        {
            WriteFlipped(store.PathOf(issuer), written, bit);
            KeyHistory read = store.Load(issuer, now, out Finding? fault);
            Assert.True(fault is { Rule: "key-history-unreadable" or "state-newer" } ? read.Entries.IsEmpty && read.WatchingSince == now : read.HasSameKeys(good), $"bit {bit}");
        }
    }

    [Theory]
    [InlineData("truncated", "not in the format in which the gateway writes it")]
    [InlineData("empty", "not in the format in which the gateway writes it")]
    [InlineData("other issuer", "written by another version or for another issuer, expected version 1")]
    [InlineData("other version", "written by another version or for another issuer, expected version 1")]
    [InlineData("without digest", "changed since the gateway wrote it: its digest does not match")]
    [InlineData("other key", "changed since the gateway wrote it: its digest does not match")]
    [InlineData("a pipe", "is not a regular file")]
    [InlineData("endless", "larger than the 1048576 bytes allowed")]
    [InlineData("endless max-age", "not in the format in which the gateway writes it")]
    public async Task Starts_without_documents_that_are(string damage, string found)
    {
        LastKnownGoodStore store = new(state.Path);
        string text = System.Text.Encoding.UTF8.GetString(await WrittenAsync(store.PathOf(issuer)));
        LastKnownGood good = store.Load(issuer, out _)!;
        switch (damage)
        {
            case "truncated":
                await File.WriteAllTextAsync(store.PathOf(issuer), text[..(text.Length / 2)]);
                break;
            case "empty":
                await File.WriteAllTextAsync(store.PathOf(issuer), "");
                break;
            case "a pipe":
                File.Delete(store.PathOf(issuer));
                using (Process made = Process.Start("mkfifo", [store.PathOf(issuer)]))
                {
                    await made.WaitForExitAsync(TestContext.Current.CancellationToken);
                }

                break;
            case "endless":
                await File.WriteAllBytesAsync(store.PathOf(issuer), new byte[StateFile.MaxBytes + 1]);
                break;
            case "other issuer":
                await File.WriteAllTextAsync(store.PathOf(issuer), text.Replace("issuer.example.test", "other.example.test", StringComparison.Ordinal));
                break;
            case "other version":
                await File.WriteAllTextAsync(store.PathOf(issuer), text.Replace("\"Version\": 1", "\"Version\": 0", StringComparison.Ordinal));
                break;
            case "without digest":
                await File.WriteAllTextAsync(store.PathOf(issuer), text[..text.LastIndexOf(',')] + "}");
                break;
            case "other key":
                await File.WriteAllTextAsync(store.PathOf(issuer), text.Replace(Convert.ToBase64String(good.KeySet), Convert.ToBase64String(Build.Utf8($"{{\"keys\":[{Build.Rsa("mallory")}]}}")), StringComparison.Ordinal));
                break;
            default:
                store.Save(issuer, good with { MaxAgeSeconds = 1e300 });
                break;
        }

        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await gateway.Publisher.LoadLastKnownGoodAsync();

        Assert.Null(gateway.Body(DocumentKind.KeySet));
        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(("state-unreadable", $"state of issuer \"{Build.Url}\": {store.PathOf(issuer)}: {found}"), (finding.Rule, finding.Message));
        await gateway.RefreshAsync(Good(RecordedPair()));
        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.NotNull(store.Load(issuer, out _));
    }

    // An open that waits for the other end of a pipe would hold up the start, and the history would never be written again.
    [Fact]
    public async Task A_pipe_in_the_place_of_the_key_history_holds_up_nothing_and_is_replaced()
    {
        KeyHistoryStore store = new(state.Path);
        await WrittenAsync(store.PathOf(issuer));
        File.Delete(store.PathOf(issuer));
        using (Process made = Process.Start("mkfifo", [store.PathOf(issuer)]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await gateway.Publisher.LoadLastKnownGoodAsync();
        Assert.Equal("key-history-unreadable", Assert.Single(gateway.Publisher.State.Findings).Rule);

        await gateway.RefreshAsync(Good(RecordedPair()));
        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.NotEmpty(store.Load(issuer, gateway.Time.GetUtcNow(), out _).Entries);
    }

    [Fact]
    public async Task A_directory_in_the_place_of_a_file_is_named_until_it_is_removed()
    {
        string place = new KeyHistoryStore(state.Path).PathOf(issuer);
        Directory.CreateDirectory(place);
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await gateway.Publisher.LoadLastKnownGoodAsync();

        await gateway.RefreshAsync(Good(RecordedPair()));
        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(
            ("key-history-not-written", $"key history of issuer \"{Build.Url}\": {place} cannot be replaced: it is a directory", $"remove {place}; until then keys count as new after a restart"),
            (finding.Rule, finding.Message, finding.Hint));

        Directory.Delete(place);
        await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
        Assert.Empty(gateway.Publisher.State.Findings);
    }

    [Fact]
    public async Task A_key_history_without_an_entry_behind_a_kid_is_rejected()
    {
        KeyHistoryStore store = new(state.Path);
        await WrittenAsync(store.PathOf(issuer));
        await File.WriteAllTextAsync(store.PathOf(issuer), $$"""{"Version":1,"Issuer":"{{Build.Url}}","WatchingSince":"2026-11-24T12:00:00+00:00","Keys":{"a":null},"Digest":""}""");

        Assert.Empty(store.Load(issuer, default, out Finding? fault).Entries);
        Assert.Equal("key-history-unreadable", fault!.Rule);
    }

    [Fact]
    public async Task Only_the_owner_can_read_what_is_kept()
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.Equal(Enumerable.Repeat(UnixFileMode.UserRead | UnixFileMode.UserWrite, 3), Directory.GetFiles(state.Path).Select(File.GetUnixFileMode));
    }

    [Fact]
    public async Task What_killed_writes_left_behind_is_removed_with_a_later_write()
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        string leftover = state.File(".issuer-0123456789abcdef.json.4567.tmp");
        await File.WriteAllTextAsync(leftover, "half");
        File.SetLastWriteTimeUtc(leftover, gateway.Time.GetUtcNow().UtcDateTime.AddMinutes(-11));

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.Equal(3, Directory.GetFiles(state.Path).Length);
        Assert.False(File.Exists(leftover));
    }

    private async Task<byte[]> WrittenAsync(string path)
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await gateway.RefreshAsync(Good(RecordedPair()));
        return await File.ReadAllBytesAsync(path);
    }

    private static void WriteFlipped(string path, byte[] written, int bit)
    {
        byte[] flipped = [.. written];
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        File.WriteAllBytes(path, flipped);
    }
}
