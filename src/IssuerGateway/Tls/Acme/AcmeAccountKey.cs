using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace IssuerGateway.Tls.Acme;

/// <summary>The ECDSA P-256 key of an account: it signs every request and stands in every key authorization.</summary>
internal sealed class AcmeAccountKey : IDisposable
{
    private readonly ECDsa key;

    private AcmeAccountKey(ECDsa key)
    {
        this.key = key;
        ECParameters parameters = key.ExportParameters(includePrivateParameters: false);

        // Coordinates keep their leading zeros: always 32 bytes (RFC 7518 §6.2.1.2).
        Jwk = new Jwk { Crv = "P-256", Kty = "EC", X = Base64Url.EncodeToString(parameters.Q.X), Y = Base64Url.EncodeToString(parameters.Q.Y) };

        // Members in lexicographic order, without white space (RFC 7638 §3).
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(
            $$"""{"crv":"{{Jwk.Crv}}","kty":"{{Jwk.Kty}}","x":"{{Jwk.X}}","y":"{{Jwk.Y}}"}""")));
    }

    public Jwk Jwk { get; }

    public string Thumbprint { get; }

    public static AcmeAccountKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Null when the text is not the PEM of a P-256 key.</summary>
    public static AcmeAccountKey? FromPem(string pem)
    {
        ECDsa key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: true).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                return new AcmeAccountKey(key);
            }
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            // Told by the null.
        }

        key.Dispose();
        return null;
    }

    public string ToPem() => key.ExportPkcs8PrivateKeyPem();

    /// <summary>RFC 7518 §3.4: r and s as 32 bytes each, which is what SignData gives.</summary>
    public byte[] Sign(byte[] data) => key.SignData(data, HashAlgorithmName.SHA256);

    /// <summary>RFC 8555 §8.1.</summary>
    public string KeyAuthorization(string token) => $"{token}.{Thumbprint}";

    public void Dispose() => key.Dispose();
}
