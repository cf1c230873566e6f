using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Tests.Kubernetes;

/// <summary>A certificate authority for one test, as kubeadm makes one for a cluster.</summary>
internal sealed class ClusterCa : IDisposable
{
    private static readonly DateTimeOffset from = TimeProvider.System.GetUtcNow().AddDays(-1);
    private static readonly DateTimeOffset until = from.AddDays(29);

    private readonly X509Certificate2 certificate;

    public ClusterCa(string name = "kubernetes")
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        certificate = RequestFor(name, key).CreateSelfSigned(from, until.AddDays(1));
    }

    private ClusterCa(X509Certificate2 certificate) => this.certificate = certificate;

    /// <summary>A CA that this one has signed.</summary>
    public ClusterCa Intermediate(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 issued = RequestFor(name, key).Create(certificate, from, until, RandomNumberGenerator.GetBytes(8));
        return new ClusterCa(issued.CopyWithPrivateKey(key));
    }

    public string Pem => certificate.ExportCertificatePem();

    /// <summary>A server certificate with these names; those that are addresses become addresses.</summary>
    public X509Certificate2 Server(params string[] names) => Issue(names, "1.3.6.1.5.5.7.3.1", until);

    public X509Certificate2 Expired(params string[] names) => Issue(names, "1.3.6.1.5.5.7.3.1", from.AddHours(1));

    /// <summary>The CA's own certificate in the place of a server's.</summary>
    public X509Certificate2 Itself() => new(certificate);

    public X509Certificate2 Client(params string[] names) => Issue(names, "1.3.6.1.5.5.7.3.2", until);

    /// <summary>A certificate as an attacker makes it, who knows the name of this CA but not its key.</summary>
    public X509Certificate2 Forged(params string[] names)
    {
        using ClusterCa impostor = new(certificate.SubjectName.Name["CN=".Length..]);
        return impostor.Server(names);
    }

    public void Dispose() => certificate.Dispose();

    private static CertificateRequest RequestFor(string name, ECDsa key)
    {
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request;
    }

    private X509Certificate2 Issue(string[] names, string usage, DateTimeOffset end)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=kube-apiserver", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        using X509Certificate2 issued = request.Create(certificate, from, end, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
