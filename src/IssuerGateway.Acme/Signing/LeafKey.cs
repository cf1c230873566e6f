using System.Security.Cryptography;

namespace IssuerGateway.Acme.Signing;

/// <summary>The kind of a certificate's key.</summary>
public enum LeafKeyType
{
    /// <summary>ECDSA P-256: small and fast; every relying party of today takes it.</summary>
    P256,

    /// <summary>RSA of 2048 bits, for relying parties that know only RSA.</summary>
    Rsa2048,
}

/// <summary>Makes a key for one certificate; never used for a second one.</summary>
public static class LeafKey
{
    private const string RsaLabel = "RSA PRIVATE KEY";

    /// <summary>PEM whose label gives the kind: EC PRIVATE KEY or RSA PRIVATE KEY.</summary>
    public static string Create(LeafKeyType type)
    {
        if (type == LeafKeyType.Rsa2048)
        {
            using RSA rsa = RSA.Create(2048);
            return rsa.ExportRSAPrivateKeyPem();
        }

        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return ecdsa.ExportECPrivateKeyPem();
    }

    // By the label alone: the three letters also come up in base64.
    public static bool IsRsa(string pem) => pem.AsSpan()[PemEncoding.Find(pem).Label] is RsaLabel;

    /// <summary>Whether a stored key can be read.</summary>
    public static bool IsUsable(string pem)
    {
        try
        {
            _ = SigningRequest.Create(pem, ["a.invalid"]);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
