using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Kubernetes.Trust;

/// <summary>Parses the pair that names the gateway to the API server by TLS.</summary>
internal static class ClientCertificate
{
    public static X509Certificate2? Parse(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> key, string name, out AccessFault? fault)
    {
        try
        {
            fault = null;
            X509Certificate2 pair = X509Certificate2.CreateFromPem(PemText.Separated(certificate), PemText.Separated(key));
            return ForTls(pair, OperatingSystem.IsWindows());
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            fault = new AccessFault(AccessFaultCode.ClientCertificateInvalid, $"{name}: no client certificate with its unencrypted private key, both PEM",
                "give the certificate and the key that belongs to it; a key with a passphrase cannot be used");
            return null;
        }
    }

    // Schannel does not use a key that exists in memory only.
    internal static X509Certificate2 ForTls(X509Certificate2 pair, bool isWindows)
    {
        if (!isWindows)
        {
            return pair;
        }

        using (pair)
        {
            return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), password: null);
        }
    }
}
