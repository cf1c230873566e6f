using IssuerGateway.Kubernetes;

namespace IssuerGateway.Tests.Kubernetes;

public sealed class TokenFileTests : IDisposable
{
    private const string Hint = "mount a projected serviceAccountToken there, or give the path of a file that holds a bearer token";

    private readonly TemporaryDirectory directory = new();
    private readonly JumpingTime time = new();

    private string Path => directory.File("token");

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Gives_the_token_without_the_white_space_around_it()
    {
        File.WriteAllText(Path, "  first.token.x\n");

        Assert.Equal(new TokenReading("first.token.x", null), new TokenFile(Path, time).Read());
    }

    [Fact]
    public void Is_read_again_after_a_minute_and_not_before()
    {
        File.WriteAllText(Path, "old");
        TokenFile token = new(Path, time);
        token.Read();
        File.WriteAllText(Path, "new");

        time.Advance(TimeSpan.FromSeconds(59.9));
        Assert.Equal("old", token.Read().Token);

        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("new", token.Read().Token);
    }

    [Fact]
    public void Is_read_again_after_a_minute_although_the_wall_clock_was_set_back_by_a_day()
    {
        File.WriteAllText(Path, "old");
        TokenFile token = new(Path, time);
        token.Read();
        File.WriteAllText(Path, "new");

        time.Jump(TimeSpan.FromDays(-1));
        time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal("new", token.Read().Token);
    }

    [Fact]
    public void Is_read_again_at_once_when_it_was_rejected()
    {
        File.WriteAllText(Path, "old");
        TokenFile token = new(Path, time);
        token.Read();
        File.WriteAllText(Path, "new");

        token.Invalidate();

        Assert.Equal("new", token.Read().Token);
    }

    [Fact]
    public void A_missing_file_is_a_fault_until_it_is_there()
    {
        TokenFile token = new(Path, time);

        Assert.Equal(new AccessFault("token-missing", $"{Path}: no such token file", Hint), token.Read().Fault);

        File.WriteAllText(Path, "late");
        Assert.Equal("late", token.Read().Token);
    }

    [Theory]
    [InlineData("", "token-empty", "the token file is empty")]
    [InlineData(" \n\t ", "token-empty", "the token file is empty")]
    [InlineData("two words", "token-malformed", "does not contain a bearer token")]
    [InlineData("first\nX-Remote-User: admin", "token-malformed", "does not contain a bearer token")]
    [InlineData("tökén", "token-malformed", "does not contain a bearer token")]
    public void Rejects_what_is_no_token(string content, string code, string message)
    {
        File.WriteAllText(Path, content);

        Assert.Equal(new AccessFault(code, $"{Path}: {message}", Hint), new TokenFile(Path, time).Read().Fault);
    }

    [Fact]
    public void Rejects_a_file_that_is_far_larger_than_a_token()
    {
        File.WriteAllText(Path, new string('a', 65537));

        Assert.Equal(new AccessFault("oversize", $"{Path}: larger than the 65536 bytes allowed", Hint), new TokenFile(Path, time).Read().Fault);
    }

    [Fact]
    public void A_directory_in_place_of_the_file_is_a_fault()
    {
        Directory.CreateDirectory(Path);

        Assert.Equal("file-unreadable", new TokenFile(Path, time).Read().Fault?.Code);
    }

    [Fact]
    public void A_reading_never_shows_the_token() => Assert.Equal("token", new TokenReading("secret", null).ToString());
}
