using IssuerGateway.Base;

namespace IssuerGateway.Tests.Base;

public sealed class DocumentationTests
{
    [Fact]
    public void Without_an_address_of_the_repository_a_page_is_its_path()
    {
        Assert.Equal("docs/troubleshooting/findings.md#dns-failed", Documentation.OfFinding("dns-failed"));
        Assert.Equal("docs/troubleshooting/aadsts.md#aadsts50166", Documentation.OfEntraCode("AADSTS50166"));
    }

    [Theory]
    [InlineData(null, "docs/README.md")]
    [InlineData("", "docs/README.md")]
    [InlineData("https://git.example.com/o/issuer-gateway", "https://git.example.com/o/issuer-gateway/blob/v0.1.0/docs/README.md")]
    [InlineData("https://git.example.com/o/issuer-gateway/", "https://git.example.com/o/issuer-gateway/blob/v0.1.0/docs/README.md")]
    public void With_one_it_is_the_page_of_this_version(string? repository, string link) => Assert.Equal(link, Documentation.At(repository, "docs/README.md"));
}
