using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Trust;
using IssuerGateway.Tls;
using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Cli;

/// <summary>
/// What the operator has chosen in place of a public CA: the self-signed certificate itself, the roots of a private ACME CA,
/// or a directory such as Let's Encrypt's staging environment, whose certificates nobody trusts.
/// </summary>
internal static class ChosenRoots
{
    public static ConnectionOverrides? Of(TlsSettings tls, ServingCertificates certificates, string host) => tls.Mode switch
    {
        TlsMode.SelfSigned when certificates.For(host) is { } serving => new ConnectionOverrides { Roots = [serving.Chain[0]] },
        TlsMode.Acme => OfAcme(tls.Acme, certificates, host),
        _ => null,
    };

    // The file has the roots of the CA's own HTTPS, which need not be those of the certificates that it issues.
    private static ConnectionOverrides? OfAcme(AcmeSettings acme, ServingCertificates certificates, string host)
    {
        X509Certificate2Collection? roots = acme.CaFile is { } file ? Read(file) : null;
        X509Certificate2? own = acme.IsDefaultDirectory ? null : certificates.For(host)?.Chain[0];
        return roots is null && own is null ? null : new ConnectionOverrides { Roots = roots, PinnedLeaf = own };
    }

    // The file may have gone since the start; then the check says what it sees.
    private static X509Certificate2Collection? Read(string file)
    {
        try
        {
            return PemText.Bundle(RegularFile.Read(TrustAnchors.MaxBytes, file).Contents[0]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return null;
        }
    }
}
