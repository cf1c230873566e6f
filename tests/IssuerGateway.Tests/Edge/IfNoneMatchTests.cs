using IssuerGateway.Edge;
using Microsoft.Extensions.Primitives;

namespace IssuerGateway.Tests.Edge;

public sealed class IfNoneMatchTests
{
    private const string ETag = "\"abc\"";

    [Theory]
    [InlineData("\"abc\"")]
    [InlineData("W/\"abc\"")]
    [InlineData("*")]
    [InlineData(" * ")]
    [InlineData("\"x\", \"abc\"")]
    [InlineData("\"x\",W/\"abc\" , \"y\"")]
    [InlineData(",, \"abc\"")]
    [InlineData("\"a,b\",\"abc\"")]
    [InlineData("\"abc-gzip\"")]
    [InlineData("W/\"abc-br\"")]
    [InlineData("\"abc--gzip\"")]
    [InlineData("\"abc;gzip\"")]
    public void Matches_a_list_weakly(string header) => Assert.True(IfNoneMatch.Matches(header, ETag));

    [Theory]
    [InlineData("")]
    [InlineData("\"ABC\"")]
    [InlineData("\"x\"")]
    [InlineData("abc")]
    [InlineData("\"abc")]
    [InlineData("w/\"abc\"")]
    [InlineData("\"")]
    [InlineData("W/")]
    [InlineData("*, \"x\"")]
    [InlineData("\"abc-\"")]
    [InlineData("\"abcgzip\"")]
    [InlineData("\"abc-old\"")]
    [InlineData("\"ab-gzip\"")]
    [InlineData("\"x\" junk \"abc")]
    public void Ignores_what_does_not_match(string header) => Assert.False(IfNoneMatch.Matches(header, ETag));

    [Fact]
    public void Looks_at_every_line_of_the_header() => Assert.True(IfNoneMatch.Matches(new StringValues(["\"x\"", "\"abc\""]), ETag));

    [Fact]
    public void Is_false_without_the_header() => Assert.False(IfNoneMatch.Matches(StringValues.Empty, ETag));
}
