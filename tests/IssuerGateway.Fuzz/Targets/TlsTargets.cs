using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Acme;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Fuzz.Targets;

/// <summary>The first bytes of a connection, and the chain that a CA or an operator gives.</summary>
internal static class TlsTargets
{
    private static readonly byte[] protocol = Encoding.ASCII.GetBytes(TlsAlpn01Certificate.Protocol);

    /// <summary>Any key: the certificates of the corpus are made for it, and it is used nowhere else.</summary>
    private static readonly byte[] scalar = [.. Enumerable.Repeat((byte)1, 32)];
    private static readonly string keyPem = Key();
    private static readonly byte[] leafPem = Leaf();

    public static void ClientHello(byte[] bytes)
    {
        ClientHelloFinding whole = Tls.Serving.ClientHello.Offers(new ReadOnlySequence<byte>(bytes), protocol);
        BrokenPromiseException.Unless(bytes.Length < Tls.Serving.ClientHello.MaxBytes || whole != ClientHelloFinding.Incomplete, "no more than the limit is wanted");
        int step = 1 + (bytes.Length / 16);
        BrokenPromiseException.Unless(Tls.Serving.ClientHello.Offers(Segments.Of(bytes, step), protocol) == whole, "segments make no difference");
        for (int length = 0; length < bytes.Length; length += step)
        {
            ClientHelloFinding part = Tls.Serving.ClientHello.Offers(new ReadOnlySequence<byte>(bytes, 0, length), protocol);
            BrokenPromiseException.Unless(part is ClientHelloFinding.Incomplete || part == whole, "what was decided stays decided when more arrives");
        }
    }

    /// <summary>PEM as it is; anything else is a leaf as DER, since a mutated base64 line is seldom a certificate.</summary>
    public static void CertificateChain(byte[] bytes)
    {
        byte[] pem = bytes.AsSpan().StartsWith("-----"u8) ? bytes : Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", bytes));
        ServingCertificate? certificate = ServingCertificate.Parse(pem, Encoding.ASCII.GetBytes(keyPem), out string? fault);
        BrokenPromiseException.Unless(certificate is null == fault is not null, "a certificate or a fault");
        _ = AcmeClient.LeadsTo(Encoding.UTF8.GetString(pem), "Root");
        if (certificate is null)
        {
            return;
        }

        foreach (X509Certificate2 member in certificate.Chain)
        {
            _ = CertificateIdentifier.Of(member);
        }

        DateTimeOffset due = OrderSchedule.Due(certificate.NotBefore, certificate.NotAfter, chosen: null, spread: 0.5);
        BrokenPromiseException.Unless(due <= certificate.NotAfter || certificate.NotAfter < certificate.NotBefore, "due before it ends");
        _ = certificate.IsValidAt(DateTimeOffset.UnixEpoch);
    }

    /// <summary>PEM as it is; anything else is a PKCS #8 key as DER.</summary>
    public static void CertificateKey(byte[] bytes)
    {
        byte[] pem = bytes.AsSpan().StartsWith("-----"u8) ? bytes : Encoding.ASCII.GetBytes(PemEncoding.WriteString("PRIVATE KEY", bytes));
        ServingCertificate? certificate = ServingCertificate.Parse(leafPem, pem, out string? fault);
        BrokenPromiseException.Unless(certificate is null == fault is not null, "a certificate or a fault");
        _ = LeafKey.IsUsable(Encoding.UTF8.GetString(pem));
        _ = AcmeAccountKey.FromPem(Encoding.UTF8.GetString(pem));
        if (certificate is null)
        {
            return;
        }

        using ECDsa? accepted = certificate.Chain[0].GetECDsaPrivateKey();
        BrokenPromiseException.Unless(accepted?.ExportParameters(includePrivateParameters: true).D is { } number && number.AsSpan().SequenceEqual(scalar), "no key but that of the certificate");
    }

    private static string Key()
    {
        using ECDsa key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
        return key.ExportECPrivateKeyPem();
    }

    private static byte[] Leaf()
    {
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(keyPem);
        CertificateRequest request = new("CN=a.example.test", key, HashAlgorithmName.SHA256);
        using X509Certificate2 leaf = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return Encoding.ASCII.GetBytes(leaf.ExportCertificatePem());
    }
}
