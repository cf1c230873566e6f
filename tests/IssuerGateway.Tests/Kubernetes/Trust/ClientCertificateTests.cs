using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Tests.Kubernetes.Trust;

public sealed class ClientCertificateTests
{
    [Fact]
    public void A_pair_that_was_imported_again_for_Schannel_is_the_same_and_can_still_sign()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=administrator", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow().AddHours(1));
        X509Certificate2 parsed = ClientCertificate.Parse(
            Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()), Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()), "test", out AccessFault? fault)!;

        Assert.Null(fault);
        Assert.Same(parsed, ClientCertificate.ForTls(parsed, isWindows: false));
        using X509Certificate2 again = ClientCertificate.ForTls(parsed, isWindows: true);
        Assert.NotSame(parsed, again);
        Assert.Equal(certificate.Thumbprint, again.Thumbprint);
        byte[] data = [1, 2, 3];
        byte[] signature = again.GetECDsaPrivateKey()!.SignData(data, HashAlgorithmName.SHA256);
        Assert.True(key.VerifyData(data, signature, HashAlgorithmName.SHA256));
    }
}
