using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Kubernetes.Trust;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tls.Issuance.Orders;

/// <summary>
/// The chain as the CA sent it. RFC 8555 §9.1 wants the leaf first and each block on lines of its own; a CA that does
/// otherwise has issued all the same, and throwing the certificate away would order one after the other.
/// </summary>
internal static class IssuedChain
{
    public static ServingCertificate? Parse(string chainPem, string keyPem, out string? fault)
    {
        byte[] key = Encoding.ASCII.GetBytes(keyPem);
        return ServingCertificate.Parse(Encoding.ASCII.GetBytes(chainPem), key, out fault) ?? Reordered(chainPem, key, ref fault);
    }

    private static ServingCertificate? Reordered(string chainPem, byte[] key, ref string? fault)
    {
        X509Certificate2Collection sent;
        try
        {
            sent = PemText.Bundle(Encoding.ASCII.GetBytes(chainPem));
        }
        catch (CryptographicException)
        {
            return null;
        }

        foreach (X509Certificate2 leaf in sent)
        {
            string ordered = string.Join('\n', FromLeaf(leaf, sent).Select(certificate => certificate.ExportCertificatePem())) + "\n";
            if (ServingCertificate.Parse(Encoding.ASCII.GetBytes(ordered), key, out string? other) is { } certificate)
            {
                fault = other;
                return certificate;
            }
        }

        return null;
    }

    // What leads to no root of this chain is left out.
    private static List<X509Certificate2> FromLeaf(X509Certificate2 leaf, X509Certificate2Collection sent)
    {
        List<X509Certificate2> chain = [leaf];
        while (sent.FirstOrDefault(each => !chain.Contains(each) && each.SubjectName.RawData.AsSpan().SequenceEqual(chain[^1].IssuerName.RawData)) is { } issuer)
        {
            chain.Add(issuer);
        }

        return chain;
    }
}
