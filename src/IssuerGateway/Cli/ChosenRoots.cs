using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Tls;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Cli;

/// <summary>The roots that the operator has chosen in place of public ones: the self-signed certificate itself, or those of a private ACME CA.</summary>
internal static class ChosenRoots
{
    public static X509Certificate2Collection? Of(TlsSettings tls, ServingCertificates certificates, string host) => tls.Mode switch
    {
        TlsMode.SelfSigned when certificates.For(host) is { } serving => [serving.Chain[0]],
        TlsMode.Acme when tls.Acme.CaFile is { } file => Read(file),
        _ => null,
    };

    // The file may have gone since the start; then the check says what it sees.
    private static X509Certificate2Collection? Read(string file)
    {
        try
        {
            X509Certificate2Collection roots = [];
            roots.ImportFromPemFile(file);
            return roots;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return null;
        }
    }
}
