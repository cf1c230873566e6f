using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace IssuerGateway.Acme;

/// <summary>The certificate that only a validator of a CA ever sees (RFC 8737 §3).</summary>
public static class TlsAlpn01Certificate
{
    public const string Protocol = "acme-tls/1";

    /// <summary>id-pe-acmeIdentifier, RFC 8737 §6.1.</summary>
    public const string AcmeIdentifier = "1.3.6.1.5.5.7.1.31";

    public static X509Certificate2 Create(string name, string keyAuthorization, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=ACME challenge", key, HashAlgorithmName.SHA256);

        // §3: exactly the one name being validated, and the critical extension with the hash as an OCTET STRING.
        SubjectAlternativeNameBuilder alternative = new();
        alternative.AddDnsName(name);
        request.CertificateExtensions.Add(alternative.Build());
        AsnWriter hash = new(AsnEncodingRules.DER);
        hash.WriteOctetString(SHA256.HashData(Encoding.ASCII.GetBytes(keyAuthorization)));
        request.CertificateExtensions.Add(new X509Extension(AcmeIdentifier, hash.Encode(), critical: true));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7));
    }
}
