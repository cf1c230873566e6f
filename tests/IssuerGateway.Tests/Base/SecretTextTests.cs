using IssuerGateway.Base;

namespace IssuerGateway.Tests.Base;

public sealed class SecretTextTests
{
    [Theory]
    [InlineData("https://u:p4ss@host/a", "https://[user information]@host/a")]
    [InlineData("https://u:p4ss%40host/a", "https://[user information]@host/a")]
    [InlineData("https://u:p%40ss@host", "https://[user information]@host")]
    [InlineData("https://u:p/4ss@host/a", "https://[user information]@host/a")]
    [InlineData("https://u:p/4@ss@host/a", "https://[user information]@host/a")]
    [InlineData("https://u:p4ss\uff20host/a", "https://[user information]@host/a")]
    [InlineData("https://u:p/4ss%EF%BC%A0host/a", "https://[user information]@host/a")]
    [InlineData("https://host:8443/@a and https://host/@b", "https://host:8443/@a and https://host/@b")]
    [InlineData("https://[2001:db8::1]/@a", "https://[2001:db8::1]/@a")]
    [InlineData("https://host: not an address of joe@example.com", "https://host: not an address of joe@example.com")]
    [InlineData("https://host/a%40b@c", "https://host/a%40b@c")]
    public void Hides_what_stands_before_the_host(string text, string shown) => Assert.Equal(shown, SecretText.Hide(text));

    /// <summary>Nothing is left out for want of time, so the time must not grow with the square of the length.</summary>
    [Theory]
    [InlineData("://", "")]
    [InlineData("://", "@")]
    [InlineData("://a:b", "")]
    [InlineData("@://", "x")]
    [InlineData("%25", "")]
    [InlineData("eyJ", "")]
    [InlineData("ey.", "")]
    public void Does_not_hang_over_a_hostile_text(string repeated, string end)
    {
        string text = string.Concat(Enumerable.Repeat(repeated, 300_000)) + end;
        long started = System.Diagnostics.Stopwatch.GetTimestamp();

        SecretText.Hide(text);

        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }
}
