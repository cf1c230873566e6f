using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Tls.Acme;

/// <summary>The name of a certificate towards its CA (RFC 9773 §4.1).</summary>
internal static class CertificateIdentifier
{
    /// <summary>base64url of the AKI's keyIdentifier, a dot, base64url of the serial number's DER value with its leading zero; none without an AKI.</summary>
    public static string? Of(X509Certificate2 certificate)
    {
        X509AuthorityKeyIdentifierExtension? authority = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault();
        return authority?.KeyIdentifier is { } keyIdentifier
            ? $"{Base64Url.EncodeToString(keyIdentifier.Span)}.{Base64Url.EncodeToString(certificate.SerialNumberBytes.Span)}"
            : null;
    }
}
