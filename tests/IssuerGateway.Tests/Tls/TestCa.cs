using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Tests.Tls;

/// <summary>A root and an intermediate that sign leaves for tests.</summary>
internal sealed class TestCa
{
    private readonly ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa intermediateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private long serial = 0x0100;

    public TestCa(string name = "Test", DateTimeOffset? now = null)
    {
        DateTimeOffset at = now ?? TimeProvider.System.GetUtcNow();
        Root = CaRequest($"CN={name} Root", rootKey).CreateSelfSigned(at.AddYears(-1), at.AddYears(20));
        Intermediate = Sign(CaRequest($"CN={name} Intermediate", intermediateKey), Root.SubjectName, rootKey, at.AddYears(-1), at.AddYears(10));
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Intermediate { get; }

    /// <summary>Signs the same intermediate key's certificate by another root's key: a cross-signed twin of the root.</summary>
    public X509Certificate2 CrossSignRootOf(TestCa other) =>
        Sign(CaRequest(other.Root.Subject, other.rootKey), Root.SubjectName, rootKey, Root.NotBefore, Root.NotAfter);

    public (string Chain, string Key) Issue(params string[] names) => Issue(names, null, null);

    public (string Chain, string Key) Issue(string[] names, DateTimeOffset? notBefore, DateTimeOffset? notAfter)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (Issue(names, key, notBefore, notAfter), key.ExportPkcs8PrivateKeyPem());
    }

    public string Issue(IEnumerable<string> names, ECDsa key, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null) =>
        Issue(new CertificateRequest("", key, HashAlgorithmName.SHA256), names, notBefore, notAfter);

    /// <summary>Leaf and intermediate as PEM.</summary>
    public string Issue(CertificateRequest request, IEnumerable<string> names, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        SubjectAlternativeNameBuilder alternative = new();
        foreach (string name in names)
        {
            alternative.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternative.Build(critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Intermediate, true, false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 leaf = Sign(request, Intermediate.SubjectName, intermediateKey, notBefore ?? now.AddHours(-1), notAfter ?? now.AddDays(90));
        return $"{leaf.ExportCertificatePem()}\n{Intermediate.ExportCertificatePem()}\n";
    }

    private X509Certificate2 Sign(CertificateRequest request, X500DistinguishedName issuer, ECDsa key, DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        request.Create(issuer, X509SignatureGenerator.CreateForECDsa(key), notBefore, notAfter, BitConverter.GetBytes(Interlocked.Increment(ref serial)).Reverse().ToArray());

    private static CertificateRequest CaRequest(string name, ECDsa key)
    {
        CertificateRequest request = new(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }
}
