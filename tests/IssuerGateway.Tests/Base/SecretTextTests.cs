using IssuerGateway.Base;

namespace IssuerGateway.Tests.Base;

public sealed class SecretTextTests
{
    [Theory]
    [InlineData("https://u:p4ss@host/a", "https://[user information]@host/a")]
    [InlineData("https://u:p4ss%40host/a", "https://[user information]@host/a")]
    [InlineData("https://u:p%40ss@host", "https://[user information]@host")]
    [InlineData("https://host/a%40b@c", "https://host/a%40b@c")]
    public void Hides_what_stands_before_the_host(string text, string shown) => Assert.Equal(shown, SecretText.Hide(text));
}
