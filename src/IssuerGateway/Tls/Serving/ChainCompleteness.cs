using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Tls.Serving;

/// <summary>
/// Whether what a handshake sends leads from the leaf to a root that relying parties may know. A relying party downloads
/// no intermediate: Entra, AWS and most programs reject a leaf whose issuer they have not been sent.
/// </summary>
internal static class ChainCompleteness
{
    public static bool IsComplete(X509Certificate2 leaf, X509Certificate2Collection rest)
    {
        X509Certificate2 current = leaf;
        List<X509Certificate2> left = [.. rest];
        while (left.Find(candidate => IsIssuedBy(current, candidate)) is { } issuer)
        {
            left.Remove(issuer);
            current = issuer;
        }

        // The last one is a root, or was issued by one that this machine knows. A leaf alone of a private CA without
        // intermediates looks the same as one whose intermediate was forgotten.
        return IsSelfIssued(current) || current != leaf || IsIssuedByKnownRoot(leaf);
    }

    private static bool IsSelfIssued(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 candidate) =>
        !IsSelfIssued(certificate) && candidate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) && HasKeyOf(certificate, candidate);

    // Two authorities may have the same name; the key identifiers distinguish them (RFC 5280 §4.2.1.1).
    private static bool HasKeyOf(X509Certificate2 certificate, X509Certificate2 candidate)
    {
        try
        {
            ReadOnlyMemory<byte>? wanted = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
            ReadOnlyMemory<byte>? found = candidate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes;
            return wanted is not { } a || found is not { } b || a.Span.SequenceEqual(b.Span);
        }
        catch (CryptographicException)
        {
            return true;
        }
    }

    private static bool IsIssuedByKnownRoot(X509Certificate2 leaf)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(leaf);
    }
}
