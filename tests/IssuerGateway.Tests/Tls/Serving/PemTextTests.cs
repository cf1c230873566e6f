using System.Text;
using IssuerGateway.Kubernetes.Trust;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tests.Tls.Serving;

/// <summary>What an operator's cat, editor or script makes of PEM.</summary>
public sealed class PemTextTests
{
    private readonly TestCa ca = new();

    public static TheoryData<string, bool> Chains => new()
    {
        { "glued", false },
        { "glued three", false },
        { "torn", false },
        { "byte order mark", true },
        { "utf-16", true },
        { "CRLF", true },
        { "comments between", true },
        { "plain", true },
    };

    // C40, C42
    [Theory]
    [MemberData(nameof(Chains))]
    public void A_chain_is_served_whole_or_rejected(string form, bool isServed)
    {
        (string chain, string key) = ca.Issue("a.example.test");
        string three = chain + ca.Root.ExportCertificatePem() + "\n";
        byte[] bytes = form switch
        {
            "glued" => Encoding.ASCII.GetBytes(chain.Replace("-----\n-----", "----------", StringComparison.Ordinal)),
            "glued three" => Encoding.ASCII.GetBytes(three.Replace("-----\n-----", "----------", StringComparison.Ordinal)),
            "torn" => Encoding.ASCII.GetBytes(chain[..^40]),
            "byte order mark" => [0xEF, 0xBB, 0xBF, .. Encoding.ASCII.GetBytes(chain)],
            "utf-16" => [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(chain)],
            "CRLF" => Encoding.ASCII.GetBytes(chain.Replace("\n", "\r\n", StringComparison.Ordinal)),
            "comments between" => Encoding.ASCII.GetBytes("subject=leaf\n" + chain.Replace("-----\n-----", "-----\n\nissuer=CA\n-----", StringComparison.Ordinal)),
            _ => Encoding.ASCII.GetBytes(chain),
        };

        ServingCertificate? certificate = ServingCertificate.Parse(bytes, Encoding.ASCII.GetBytes(key), out string? fault);

        Assert.Equal(isServed, certificate is not null);
        Assert.Equal(isServed, fault is null);
        if (isServed)
        {
            Assert.Equal(["a.example.test"], certificate!.Names);
            Assert.Equal(2, certificate.Chain.Count);
        }
        else
        {
            Assert.EndsWith("can be read; each has to begin on a line of its own and to be complete", fault, StringComparison.Ordinal);
        }
    }

    // C44
    [Fact]
    public void A_bundle_of_glued_blocks_is_read_whole()
    {
        string glued = (ca.Root.ExportCertificatePem() + new TestCa("Other").Root.ExportCertificatePem()).ReplaceLineEndings("\n");

        Assert.Equal(2, PemText.Bundle([0xEF, 0xBB, 0xBF, .. Encoding.ASCII.GetBytes(glued)]).Count);
    }

    [Fact]
    public void What_is_stored_again_is_the_chain_and_the_key_alone()
    {
        (string chain, string key) = ca.Issue("a.example.test");
        byte[] one = Encoding.ASCII.GetBytes($"{key}\n{chain}");

        ServingCertificate certificate = ServingCertificate.Parse(one, one, out _)!;

        Assert.DoesNotContain("KEY-----", certificate.ChainPem, StringComparison.Ordinal);
        Assert.DoesNotContain("CERTIFICATE-----", certificate.KeyPem, StringComparison.Ordinal);
        ServingCertificate? again = ServingCertificate.Parse(Encoding.ASCII.GetBytes(certificate.ChainPem), Encoding.ASCII.GetBytes(certificate.KeyPem), out string? fault);
        Assert.Null(fault);
        Assert.Equal(certificate.Thumbprint, again!.Thumbprint);
    }
}
