using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing;

public sealed class StateSealTests
{
    private const string Member = "\"Digest\": \"";

    [Theory]
    [InlineData("{\n  \"Version\": 1,\n  " + Member, "\"\n}")]
    [InlineData("{\"New\":{" + Member + "\"},\n  " + Member, "\"}")]
    [InlineData(Member, "\"")]
    public void Holds_for_a_digest_of_the_text_without_it(string before, string after)
    {
        string text = before + HashOf(before + after) + after;
        Assert.True(StateSeal.IsIntact(Build.Utf8(text)));

        // Cut anywhere, and with any one character changed.
        Assert.All(Enumerable.Range(0, text.Length), i => Assert.False(StateSeal.IsIntact(Build.Utf8(text[..i]))));
        Assert.All(Enumerable.Range(0, text.Length), i => Assert.False(StateSeal.IsIntact(Build.Utf8($"{text[..i]}~{text[(i + 1)..]}"))));
    }

    /// <summary>A digest that is right for a text of another form seals nothing.</summary>
    [Theory]
    [InlineData("0123456789", "\"")]
    [InlineData("{" + Member, "}")]
    [InlineData("{" + Member, "")]
    public void Holds_for_no_text_without_the_whole_member(string before, string after) =>
        Assert.False(StateSeal.IsIntact(Build.Utf8(before + HashOf(before + after) + after)));

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
