using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Acme;

/// <summary>The name of a certificate towards its CA (RFC 9773 §4.1).</summary>
public static class CertificateIdentifier
{
    /// <summary>base64url of the AKI's keyIdentifier, a dot, base64url of the serial number's DER value with its leading zero; none without a readable AKI.</summary>
    public static string? Of(X509Certificate2 certificate) =>
        KeyIdentifierOf(certificate) is { } keyIdentifier
            ? $"{Base64Url.EncodeToString(keyIdentifier.Span)}.{Base64Url.EncodeToString(certificate.SerialNumberBytes.Span)}"
            : null;

    private static ReadOnlyMemory<byte>? KeyIdentifierOf(X509Certificate2 certificate)
    {
        try
        {
            return certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        }
        catch (CryptographicException)
        {
            // .NET parses an extension when it is read; one that cannot be read names nobody.
            return null;
        }
    }
}
