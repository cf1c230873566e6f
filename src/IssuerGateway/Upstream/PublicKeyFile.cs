using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Upstream;

/// <summary>The keys of one PEM file such as sa.pub. A private key in it is a fault: it must not be on this machine.</summary>
internal static class PublicKeyFile
{
    private const string Hint = "give the public key: openssl pkey -in sa.key -pubout -out sa.pub";

    public static IReadOnlyList<PublicKeyJwk> Read(string path, byte[] content, out FetchFault? fault)
    {
        string pem = Encoding.Latin1.GetString(content);

        // Before parsing, so that a damaged block cannot hide one.
        if (pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            fault = new FetchFault(FaultCode.PrivateKeyBlock, $"{path}: holds a PRIVATE KEY block, expected public keys only",
                $"remove it from this machine, and {Hint}");
            return [];
        }

        List<PublicKeyJwk> keys = [];
        fault = null;
        int begins = pem.Split("-----BEGIN ").Length - 1;
        ReadOnlySpan<char> rest = pem;
        while (fault is null && PemEncoding.TryFind(rest, out PemFields fields))
        {
            begins--;
            Add(keys, rest[fields.Label].ToString(), Convert.FromBase64String(rest[fields.Base64Data].ToString()), path, ref fault);
            rest = rest[fields.Location.End..];
        }

        fault ??= begins > 0 ? Invalid(path, "a PEM block is damaged")
            : keys.Count == 0 ? Invalid(path, "no PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE block")
            : null;
        return fault is null ? keys : [];
    }

    private static void Add(List<PublicKeyJwk> keys, string label, byte[] der, string path, ref FetchFault? fault)
    {
        try
        {
            if (Parse(label, der) is { } key)
            {
                keys.Add(key);
            }
            else if (label != "EC PARAMETERS")
            {
                fault = Invalid(path, $"a {label} block that is no RSA key and no EC key on P-256, P-384 or P-521");
            }
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // The second one is how .NET says that it does not know the curve.
            fault = Invalid(path, $"a {label} block cannot be parsed");
        }
    }

    private static PublicKeyJwk? Parse(string label, byte[] der)
    {
        switch (label)
        {
            case "PUBLIC KEY":
                return PublicKeyJwk.Of(PublicKey.CreateFromSubjectPublicKeyInfo(der, out _));
            case "RSA PUBLIC KEY":
                using (RSA rsa = RSA.Create())
                {
                    rsa.ImportRSAPublicKey(der, out _);
                    return PublicKeyJwk.Of(rsa);
                }

            case "CERTIFICATE":
                using (X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der))
                {
                    return PublicKeyJwk.Of(certificate.PublicKey);
                }

            default:
                return null;
        }
    }

    private static FetchFault Invalid(string path, string what) => new(FaultCode.PublicKeyInvalid, $"{path}: {what}", Hint);
}
