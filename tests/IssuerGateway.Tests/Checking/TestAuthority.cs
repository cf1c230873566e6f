using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Tests.Checking;

/// <summary>A private CA with an intermediate, and leaves as a test wants them.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 intermediateWithKey;

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

    public X509Certificate2 Intermediate { get; }

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

    private static X509Certificate2 Create(X500DistinguishedName subject, DateTimeOffset notBefore, X509Certificate2? issuer, bool isAuthority, string[] hosts, TimeSpan? lifetime = null, string? issuerUrl = null, string? usage = null, bool isRsa = false)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using RSA rsa = RSA.Create(2048);
        CertificateRequest request = isRsa ? new(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
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

        using X509Certificate2 certificate = request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!), notBefore, notAfter, RandomNumberGenerator.GetBytes(16));
        return isRsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey(key);
    }
}
