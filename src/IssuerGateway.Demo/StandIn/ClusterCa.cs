using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Demo.StandIn;

/// <summary>A cluster's own CA: signs the API servers' TLS certificates and client certificates, and is trusted by nobody who has not its file.</summary>
internal sealed class ClusterCa : IDisposable
{
    // Far apart and fixed, so that no test hangs on the day it runs.
    private static readonly DateTimeOffset notBefore = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset notAfter = new(2049, 12, 31, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 root;

    public ClusterCa(string name = "kubernetes")
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        root = request.CreateSelfSigned(notBefore, notAfter);
    }

    public string Pem => root.ExportCertificatePem();

    /// <summary>A TLS certificate of an API server for the names that a stand-in responds to, or for one other name alone.</summary>
    public X509Certificate2 IssueServerCertificate(string? onlyName = null)
    {
        SubjectAlternativeNameBuilder names = new();
        if (onlyName is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
            names.AddDnsName("localhost");
            names.AddDnsName("kubernetes.default.svc");
            names.AddDnsName("kubernetes");
        }
        else
        {
            names.AddDnsName(onlyName);
        }

        return Issue("CN=kube-apiserver", "1.3.6.1.5.5.7.3.1", names.Build());
    }

    /// <summary>A client certificate: the API server takes the user from CN and the groups from O.</summary>
    public X509Certificate2 IssueUserCertificate(string user, string? group = null) =>
        Issue(group is null ? $"CN={user}" : $"O={group}, CN={user}", "1.3.6.1.5.5.7.3.2", null);

    public bool HasIssued(X509Certificate2 certificate)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    public void Dispose() => root.Dispose();

    private X509Certificate2 Issue(string subject, string usage, X509Extension? names)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names);
        }

        using X509Certificate2 certificate = request.Create(root, notBefore, notAfter, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }
}
