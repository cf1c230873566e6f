using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Acme;

/// <summary>The certificate signing request of an order: the names as SAN, nothing as subject (RFC 8555 §7.4).</summary>
public static class SigningRequest
{
    public static byte[] Create(string keyPem, IReadOnlyList<string> names)
    {
        SubjectAlternativeNameBuilder alternative = new();
        foreach (string name in names)
        {
            alternative.AddDnsName(name);
        }

        if (LeafKey.IsRsa(keyPem))
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(keyPem);
            return Of(new CertificateRequest("", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), alternative);
        }

        using ECDsa ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(keyPem);
        return Of(new CertificateRequest("", ecdsa, HashAlgorithmName.SHA256), alternative);
    }

    private static byte[] Of(CertificateRequest request, SubjectAlternativeNameBuilder alternative)
    {
        request.CertificateExtensions.Add(alternative.Build());
        return request.CreateSigningRequest();
    }
}
