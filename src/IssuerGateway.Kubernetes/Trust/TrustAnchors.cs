using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Kubernetes.Trust;

/// <summary>The certificates of the cluster's own CA: the only roots that an API server's certificate may lead to.</summary>
public sealed record TrustAnchors(X509Certificate2Collection Certificates, string Hash)
{
    public const int MaxBytes = 1 << 20;

    /// <summary>What the machine trusts, as kubectl does where a kubeconfig names no CA: for the program of an administrator.</summary>
    public static readonly TrustAnchors OfMachine = new([], "machine");

    /// <summary>Every CERTIFICATE block counts: while a CA is replaced the file holds the old one and the new one.</summary>
    public static TrustAnchors? Parse(ReadOnlySpan<byte> pem, string name, out AccessFault? fault)
    {
        const string hint = "give the PEM file of the cluster's CA, such as /etc/kubernetes/pki/ca.crt";
        X509Certificate2Collection certificates;
        try
        {
            certificates = PemText.Bundle(pem);
        }
        catch (CryptographicException)
        {
            fault = new AccessFault(AccessFaultCode.TrustInvalid, $"{name}: a CERTIFICATE block cannot be parsed", hint);
            return null;
        }

        fault = certificates.Count > 0 ? null : new AccessFault(AccessFaultCode.TrustInvalid, $"{name}: no CERTIFICATE block, expected the cluster's CA", hint);
        return fault is null ? new TrustAnchors(certificates, Convert.ToHexStringLower(SHA256.HashData(pem))) : null;
    }
}
