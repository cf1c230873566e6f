using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tests.Tls.Issuance.Orders;

public sealed class IssuedChainTests
{
    private const string End = "-----END CERTIFICATE-----";

    private readonly TestCa ca = new();

    // What is thrown away has been issued: the next order counts against the CA's limits, and brings the same again.
    [Theory]
    [InlineData("leaf first")]
    [InlineData("leaf last")]
    [InlineData("glued")]
    [InlineData("glued, leaf last")]
    [InlineData("a certificate of another CA first")]
    [InlineData("comments")]
    public void Serves_the_leaf_first_and_its_issuer_then_however_they_came(string form)
    {
        (string chain, string key) = ca.Issue("a.example.test");
        string[] blocks = [.. chain.Split(End, StringSplitOptions.RemoveEmptyEntries).Where(block => block.Contains("BEGIN", StringComparison.Ordinal)).Select(block => block.Trim() + "\n" + End)];
        Assert.Equal(2, blocks.Length);
        string sent = form switch
        {
            "leaf last" => $"{blocks[1]}\n{blocks[0]}\n",
            "glued" => $"{blocks[0]}{blocks[1]}",
            "glued, leaf last" => $"{blocks[1]}{blocks[0]}",
            "a certificate of another CA first" => $"{new TestCa("Other").Root.ExportCertificatePem()}\n{blocks[0]}\n{blocks[1]}\n",
            "comments" => $"subject=CN=a\n{blocks[0]}\n# issuer\n{blocks[1]}\ntrailer",
            _ => chain,
        };

        ServingCertificate certificate = IssuedChain.Parse(sent, key, out string? fault)!;

        Assert.Null(fault);
        Assert.Equal(["", "CN=Test Intermediate"], certificate.Chain.Select(each => each.Subject));
        Assert.Equal(["a.example.test"], certificate.Names);
    }

    [Fact]
    public void Says_what_is_wrong_with_a_chain_without_the_leaf_of_the_key()
    {
        (string chain, _) = ca.Issue("a.example.test");
        (_, string key) = ca.Issue("a.example.test");

        Assert.Null(IssuedChain.Parse(chain, key, out string? fault));
        Assert.Equal("a private key that does not belong to the first certificate of the chain", fault);
        Assert.Null(IssuedChain.Parse("no certificate", key, out fault));
        Assert.Equal("no CERTIFICATE block", fault);
    }
}
