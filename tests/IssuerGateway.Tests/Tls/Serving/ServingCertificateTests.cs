using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tests.Tls.Serving;

public sealed class ServingCertificateTests
{
    [Fact]
    public void Rejects_a_leaf_whose_names_cannot_be_read()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", [0x30, 0x05, 0x01, 0x02], critical: false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now, now.AddDays(1));

        Assert.Null(ServingCertificate.Parse(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()), Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()), out string? fault));
        Assert.Equal("a leaf whose names cannot be read", fault);
    }

    // RFC 6066 §3 wants no dot at the end; a client that was given an URL with one sends it all the same.
    [Theory]
    [InlineData("A.example.test.", "a.example.test")]
    [InlineData("b\u00fccher.example.test.", "xn--bcher-kva.example.test")]
    [InlineData("a.example.test..", "a.example.test.")]
    [InlineData(".", "")]
    [InlineData("\u00fc..example.test", "")]
    public void A_server_name_ends_without_its_dot(string sent, string name) => Assert.Equal(name, ServerName.Ascii(sent));

    [Fact]
    public void Takes_an_RSA_pair()
    {
        using RSA key = RSA.Create(2048);
        string chain = new TestCa().Issue(new CertificateRequest("", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), ["a.example.test"]);

        Assert.Equal(["a.example.test"], ServingCertificate.Parse(Encoding.ASCII.GetBytes(chain), Encoding.ASCII.GetBytes(key.ExportRSAPrivateKeyPem()), out _)!.Names);
    }
}
