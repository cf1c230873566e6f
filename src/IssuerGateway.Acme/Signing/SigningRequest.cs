using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Acme.Signing;

/// <summary>The certificate signing request of an order: the names as SAN, nothing as subject (RFC 8555 §7.4).</summary>
public static class SigningRequest
{
    /// <param name="commonName">None by default; for CAs that want one. It has 64 characters at most (RFC 5280, ub-common-name).</param>
    public static byte[] Create(string keyPem, IReadOnlyList<string> names, string? commonName = null)
    {
        SubjectAlternativeNameBuilder alternative = new();
        foreach (string name in names)
        {
            alternative.AddDnsName(name);
        }

        string subject = commonName is { Length: <= 64 } ? $"CN={commonName}" : "";
        if (LeafKey.IsRsa(keyPem))
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(keyPem);
            return Of(new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), alternative);
        }

        using ECDsa ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(keyPem);
        return Of(new CertificateRequest(subject, ecdsa, HashAlgorithmName.SHA256), alternative);
    }

    private static byte[] Of(CertificateRequest request, SubjectAlternativeNameBuilder alternative)
    {
        request.CertificateExtensions.Add(alternative.Build());
        return request.CreateSigningRequest();
    }
}
