using System.Text;
using System.Text.Json;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing;

/// <summary>State of neighboring versions: forward, back, and left alone.</summary>
public sealed class StateVersionTests : IDisposable
{
    private readonly TemporaryDirectory state = new();
    private readonly IssuerIdentifier issuer = Build.Identifier();

    public void Dispose() => state.Dispose();

    [Theory]
    [InlineData("issuer")]
    [InlineData("keys")]
    [InlineData("provenance")]
    public async Task State_of_a_newer_version_is_neither_read_nor_written(string kind)
    {
        JumpingTime time = await WriteAsync();
        string path = Path.Combine(state.Path, StateFile.NameOf(kind, issuer));
        await File.WriteAllTextAsync(path, """{"Version":7,"Shape":["that","nobody","knows"]}""");
        Dictionary<string, byte[]> before = Directory.GetFiles(state.Path).ToDictionary(file => file, File.ReadAllBytes);

        using PublisherFixture gateway = new(stateDirectory: state.Path, time: time);
        await gateway.Publisher.LoadLastKnownGoodAsync();
        Assert.Null(gateway.Body(DocumentKind.KeySet));
        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(("state-newer", $"state of issuer \"{Build.Url}\": {path} has version 7, and this gateway writes version 1; it is neither read nor written"), (finding.Rule, finding.Message));

        await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
        Assert.NotNull(gateway.Body(DocumentKind.KeySet));
        Assert.Equal([finding], gateway.Publisher.State.Findings);
        Assert.Equal(before.Keys.Order(), Directory.GetFiles(state.Path).Order());
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(file.Key)));

        // Removed by hand, it is kept again.
        File.Delete(path);
        await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
        await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.Equal(Recorded.Body("jwks-two-rsa-rotated"), new LastKnownGoodStore(state.Path).Load(issuer, out _)!.KeySet);
    }

    [Fact]
    public async Task A_newer_gateway_that_shares_the_volume_is_not_written_over()
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await gateway.Publisher.LoadLastKnownGoodAsync();
        await gateway.RefreshAsync(Good(RecordedPair()));
        string path = new LastKnownGoodStore(state.Path).PathOf(issuer);
        await File.WriteAllTextAsync(path, """{"Version":2}""");
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1));

        await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));

        Assert.Equal("""{"Version":2}""", await File.ReadAllTextAsync(path));
        Assert.Equal("state-newer", Assert.Single(gateway.Publisher.State.Findings).Rule);
    }

    [Theory]
    [InlineData("issuer")]
    [InlineData("keys")]
    [InlineData("provenance")]
    public async Task Members_that_are_not_known_are_ignored(string kind)
    {
        JumpingTime time = await WriteAsync();
        string path = Path.Combine(state.Path, StateFile.NameOf(kind, issuer));
        await File.WriteAllTextAsync(path, WithUnknownMember(await File.ReadAllTextAsync(path), kind));

        using PublisherFixture gateway = new(stateDirectory: state.Path, time: time);
        await gateway.Publisher.LoadLastKnownGoodAsync();

        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.Equal(Recorded.Body("jwks-one-rsa"), Build.Utf8(gateway.Body(DocumentKind.KeySet)!));
        Assert.Equal("https://10.0.0.1:6443", Assert.Single(gateway.Publisher.State.Union.Keys[0].Sources).Key);
    }

    /// <summary>The landed build rejects members that it does not know, so what is new stands in a file of its own.</summary>
    [Fact]
    public async Task The_files_of_the_landed_build_keep_their_exact_form()
    {
        await WriteAsync();

        Assert.Equal(["Version", "Issuer", "ConfirmedAt", "MaxAgeSeconds", "Discovery", "KeySet", "Digest"], MembersOf("issuer").Select(member => member.Name));
        Assert.Equal(["Version", "Issuer", "WatchingSince", "Keys", "Digest"], MembersOf("keys").Select(member => member.Name));
        Assert.Equal(["FirstSeen", "LastSeen", "Removed"], MembersOf("keys").Single(member => member.Name == "Keys").Value.EnumerateObject().First().Value.EnumerateObject().Select(member => member.Name));
        Assert.True(LastKnownGoodText.Read(await File.ReadAllBytesAsync(new LastKnownGoodStore(state.Path).PathOf(issuer))) is { IsIntact: true });
    }

    [Fact]
    public async Task A_missing_StateDirectory_is_created()
    {
        string missing = state.File("created");
        using PublisherFixture gateway = new(stateDirectory: missing);
        await gateway.Publisher.LoadLastKnownGoodAsync();

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(missing));
        Assert.Equal(3, Directory.GetFiles(missing).Length);
    }

    [Fact]
    public async Task A_file_in_the_place_of_StateDirectory_is_one_sentence()
    {
        await File.WriteAllTextAsync(state.File("file"), "");
        using PublisherFixture gateway = new(stateDirectory: state.File("file"));

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.Equal($"state of issuer \"{Build.Url}\": {state.File("file")} is not a directory", gateway.Publisher.State.Findings[0].Message);
    }

    private JsonProperty[] MembersOf(string kind) =>
        [.. JsonDocument.Parse(File.ReadAllBytes(Path.Combine(state.Path, StateFile.NameOf(kind, issuer)))).RootElement.EnumerateObject()];

    // As a neighboring version would write it: with a digest over all that it wrote.
    private static string WithUnknownMember(string text, string kind)
    {
        if (kind == "provenance")
        {
            int at = text.IndexOf("\"Content\":", StringComparison.Ordinal) + "\"Content\":".Length;
            string content = text[at..^1].Replace("{\"Issuer\"", "{\"New\":[1],\"Issuer\"", StringComparison.Ordinal);
            return $"{{\"Version\":1,\"More\":true,\"Digest\":\"{HashOf(content)}\",\"Content\":{content}}}";
        }

        int digest = text.LastIndexOf("\"Digest\": \"", StringComparison.Ordinal) + "\"Digest\": \"".Length;
        string unsealed = (text[..digest] + text[(digest + 64)..]).Replace("\"Version\": 1,", "\"Version\": 1,\n  \"New\": [1],", StringComparison.Ordinal);
        int place = unsealed.LastIndexOf("\"Digest\": \"", StringComparison.Ordinal) + "\"Digest\": \"".Length;
        return unsealed.Insert(place, HashOf(unsealed));
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private async Task<JumpingTime> WriteAsync()
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await gateway.RefreshAsync(Good(RecordedPair()));
        return gateway.Time;
    }
}
