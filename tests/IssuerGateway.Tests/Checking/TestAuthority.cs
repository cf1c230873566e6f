using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Tests.Checking;

/// <summary>A private CA with an intermediate, and leaves as a test wants them.</summary>
internal sealed class TestAuthority : IDisposable
{
    private X509Certificate2 intermediateWithKey;

    public TestAuthority()
    {
        DateTimeOffset now = DateTimeOffset.Parse("2026-01-01T00:00:00Z");

        // A chain is found by names, and a test may trust two authorities.
        string name = Guid.NewGuid().ToString("N");
        Root = Create($"CN=test root {name}", now, issuer: null, isAuthority: true, []);
        intermediateWithKey = Create($"CN=test intermediate {name}", now, Root, isAuthority: true, []);
        Intermediate = X509CertificateLoader.LoadCertificate(intermediateWithKey.RawData);
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Intermediate { get; private set; }

    /// <param name="issuerUrl">Where the certificate says its issuer is (RFC 5280 §4.2.2.1).</param>
    public X509Certificate2 Leaf(string host, DateTimeOffset? notBefore = null, TimeSpan? lifetime = null, string? issuerUrl = null) =>
        Create($"CN={host}", notBefore ?? DateTimeOffset.Parse("2026-01-02T00:00:00Z"), intermediateWithKey, isAuthority: false, [host], lifetime, issuerUrl);

    public X509Certificate2 RsaLeaf(string host) => Create($"CN={host}", DateTimeOffset.Parse("2026-01-02T00:00:00Z"), intermediateWithKey, isAuthority: false, [host], isRsa: true);

    /// <summary>As old CAs made one: the host is in the common name, and nothing or something else in the alternative names.</summary>
    public X509Certificate2 LeafOfCommonName(string host, params string[] names) =>
        Create($"CN={host}", DateTimeOffset.Parse("2026-01-02T00:00:00Z"), intermediateWithKey, isAuthority: false, names);

    /// <summary>With a name of the test's choice as its common name.</summary>
    public X509Certificate2 LeafOfName(string name)
    {
        X500DistinguishedNameBuilder subject = new();
        subject.AddCommonName(name);
        return Create(subject.Build(), DateTimeOffset.Parse("2026-01-02T00:00:00Z"), intermediateWithKey, isAuthority: false, ["other.example.test"]);
    }

    /// <summary>Of one extended key usage (RFC 5280 §4.2.1.12).</summary>
    public X509Certificate2 LeafFor(string usage, string host) =>
        Create($"CN={host}", DateTimeOffset.Parse("2026-01-02T00:00:00Z"), intermediateWithKey, isAuthority: false, [host], usage: usage);

    /// <summary>A leaf within its dates, by an intermediate that is not.</summary>
    public X509Certificate2 LeafOfExpiredIntermediate(string host)
    {
        intermediateWithKey = Create("CN=expired intermediate", DateTimeOffset.Parse("2026-01-01T00:00:00Z"), Root, isAuthority: true, [], TimeSpan.FromDays(30));
        Intermediate = X509CertificateLoader.LoadCertificate(intermediateWithKey.RawData);
        return Leaf(host);
    }

    /// <summary>Signed with SHA-1, or with a critical extension that nobody knows.</summary>
    public X509Certificate2 OddLeaf(string host, bool isSha1 = false, X509Extension? extension = null) =>
        Create(new X500DistinguishedName($"CN={host}"), DateTimeOffset.Parse("2026-01-02T00:00:00Z"), intermediateWithKey, isAuthority: false, [host], isSha1: isSha1, extension: extension);

    /// <summary>As the gateway makes one for <c>Tls:Mode</c> SelfSigned: an end entity that nobody has signed but itself.</summary>
    public static X509Certificate2 SelfSigned(string host) => Create("CN=IssuerGateway self-signed", DateTimeOffset.Parse("2026-01-02T00:00:00Z"), issuer: null, isAuthority: false, [host]);

    public void Dispose()
    {
        Root.Dispose();
        Intermediate.Dispose();
        intermediateWithKey.Dispose();
    }

    private static X509Certificate2 Create(string subject, DateTimeOffset notBefore, X509Certificate2? issuer, bool isAuthority, string[] hosts, TimeSpan? lifetime = null, string? issuerUrl = null, string? usage = null, bool isRsa = false) =>
        Create(new X500DistinguishedName(subject), notBefore, issuer, isAuthority, hosts, lifetime, issuerUrl, usage, isRsa);

    private static X509Certificate2 Create(X500DistinguishedName subject, DateTimeOffset notBefore, X509Certificate2? issuer, bool isAuthority, string[] hosts, TimeSpan? lifetime = null, string? issuerUrl = null, string? usage = null, bool isRsa = false, bool isSha1 = false, X509Extension? extension = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using RSA rsa = RSA.Create(2048);
        CertificateRequest request = isRsa ? new(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (extension is not null)
        {
            request.CertificateExtensions.Add(extension);
        }

        if (usage is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        }

        if (issuerUrl is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, [issuerUrl]));
        }

        if (hosts.Length > 0)
        {
            SubjectAlternativeNameBuilder names = new();
            foreach (string host in hosts)
            {
                if (IPAddress.TryParse(host, out IPAddress? address))
                {
                    names.AddIpAddress(address);
                }
                else
                {
                    names.AddDnsName(host);
                }
            }

            request.CertificateExtensions.Add(names.Build());
        }

        DateTimeOffset notAfter = notBefore + (lifetime ?? TimeSpan.FromDays(isAuthority ? 7300 : 3650));
        if (issuer is null)
        {
            return request.CreateSelfSigned(notBefore, notAfter);
        }

        using X509Certificate2 certificate = request.Create(issuer.SubjectName, isSha1 ? new Sha1(issuer.GetECDsaPrivateKey()!) : X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!), notBefore, notAfter, RandomNumberGenerator.GetBytes(16));
        return isRsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey(key);
    }

    /// <summary>ecdsa-with-SHA1 (RFC 3279 §2.2.3), which .NET does not sign with.</summary>
    private sealed class Sha1(ECDsa key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => [0x30, 9, 6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1];

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.SignData(data, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence);

        protected override PublicKey BuildPublicKey() => new(key);
    }
}
