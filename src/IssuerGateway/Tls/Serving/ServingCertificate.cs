using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Tls.Serving;

/// <summary>
/// A leaf with its key and the chain exactly as it was given, ready for handshakes. Never disposed: handshakes and
/// connections may use it long after another one has taken its place.
/// </summary>
internal sealed class ServingCertificate
{
    private ServingCertificate(X509Certificate2 leaf, X509Certificate2Collection rest, string keyPem)
    {
        X509SubjectAlternativeNameExtension[] names = [.. leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>()];
        Names =
        [
            .. names.SelectMany(extension => extension.EnumerateDnsNames()).Select(name => name.ToLowerInvariant()),
            .. names.SelectMany(extension => extension.EnumerateIPAddresses()).Select(address => address.ToString()),
        ];

        // X509Certificate2 gives local time.
        NotBefore = new DateTimeOffset(leaf.NotBefore.ToUniversalTime());
        NotAfter = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
        Thumbprint = leaf.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
        ChainPem = string.Concat(rest.Prepend(leaf).Select(certificate => certificate.ExportCertificatePem() + "\n"));
        KeyPem = keyPem;
        IsChainComplete = ChainCompleteness.IsComplete(leaf, rest);

        // .NET builds the chain that it sends. With the trust of the machine it would replace a cross-signed
        // intermediate by its self-signed twin when the machine trusts that (dotnet/aspnetcore#66952), and relying
        // parties that know only the older root would fail. Trusting nothing but what is in the file keeps the file's chain.
        SslCertificateTrust? trust = rest.Count == 0 ? null : SslCertificateTrust.CreateForX509Collection([rest[^1]], sendTrustInHandshake: false);

        // Offline: nothing is downloaded while handshakes wait. One context a certificate keeps session resumption.
        SslStreamCertificateContext context = SslStreamCertificateContext.Create(leaf, rest, offline: true, trust);
        Chain = [context.TargetCertificate, .. context.IntermediateCertificates];
        HandshakeOptions = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            AllowRenegotiation = false,
            ClientCertificateRequired = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
    }

    /// <summary>The DNS names of the leaf in lower case, a wildcard as <c>*.example.com</c>, and its IP addresses.</summary>
    public IReadOnlyList<string> Names { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    public string Thumbprint { get; }

    /// <summary>What a handshake sends: the leaf and every intermediate.</summary>
    public IReadOnlyList<X509Certificate2> Chain { get; }

    /// <summary>Whether a relying party that knows only roots can validate what is sent (<see cref="ChainCompleteness"/>).</summary>
    public bool IsChainComplete { get; }

    /// <summary>The chain as it is stored, leaf first.</summary>
    public string ChainPem { get; }

    /// <summary>The key as it is stored. Never logged.</summary>
    public string KeyPem { get; }

    public SslServerAuthenticationOptions HandshakeOptions { get; }

    /// <summary>Whether a relying party with a right clock takes the certificate now.</summary>
    public bool IsValidAt(DateTimeOffset now) => NotBefore <= now && now < NotAfter;

    /// <summary>Whether it names the host, or has a wildcard in place of its first label (RFC 9525 §6.3).</summary>
    public bool Covers(string host)
    {
        string name = ServerName.Ascii(host);
        return Names.Contains(name) || (name.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 && Names.Contains($"*{name[dot..]}"));
    }

    public static ServingCertificate? Parse(ReadOnlySpan<byte> chainPem, ReadOnlySpan<byte> keyPem, out string? fault)
    {
        string chainText = PemText.Decode(chainPem), keyText = PemText.Decode(keyPem);
        fault = PemText.FaultOf(chainText) ?? PemText.FaultOf(keyText);
        if (fault is not null)
        {
            return null;
        }

        X509Certificate2Collection chain = [];
        try
        {
            // CreateFromPem would take the first certificate only.
            chain.ImportFromPem(chainText);
        }
        catch (CryptographicException)
        {
            fault = "a CERTIFICATE block that cannot be read";
            return null;
        }

        if (chain.Count == 0)
        {
            fault = "no CERTIFICATE block";
            return null;
        }

        X509Certificate2? leaf = WithKey(chain[0], keyText, out fault);
        chain.RemoveAt(0);
        try
        {
            return leaf is null ? null : new ServingCertificate(leaf, chain, PemText.PrivateKey(keyText) ?? keyText);
        }
        catch (CryptographicException)
        {
            fault = "a leaf whose names cannot be read";
            return null;
        }
    }

    private static X509Certificate2? WithKey(X509Certificate2 certificate, string keyPem, out string? fault)
    {
        fault = null;
        try
        {
            if (certificate.GetECDsaPublicKey() is not null)
            {
                using ECDsa key = ECDsa.Create();
                key.ImportFromPem(keyPem);
                return certificate.CopyWithPrivateKey(key);
            }

            if (certificate.GetRSAPublicKey() is not null)
            {
                using RSA key = RSA.Create();
                key.ImportFromPem(keyPem);
                return certificate.CopyWithPrivateKey(key);
            }

            fault = $"a key of type {certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value}; ECDSA and RSA can be served";
        }
        catch (PlatformNotSupportedException)
        {
            fault = "a key on a curve that OpenSSL does not know";
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            fault = KeyFault(keyPem);
        }

        return null;
    }

    private static string KeyFault(string keyPem)
    {
        if (keyPem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            return "an encrypted private key; it has to be without a passphrase";
        }

        return keyPem.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
            ? "a private key that does not belong to the first certificate of the chain"
            : "no PRIVATE KEY block";
    }
}
