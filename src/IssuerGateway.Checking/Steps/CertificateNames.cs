using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;

namespace IssuerGateway.Checking.Steps;

/// <summary>
/// The subject alternative names of a certificate. RFC 9525 §2: the common name identifies no server; .NET still falls back
/// to it, Go and browsers do not.
/// </summary>
internal static class CertificateNames
{
    private const int MaxNamed = 3;

    /// <summary>Whether the certificate has any name of the kind of the host; whether one of them is the host is validated by TLS.</summary>
    public static bool AreIn(X509Certificate2 certificate, string host) =>
        IPAddress.TryParse(host, out _) ? Read(certificate, san => san.EnumerateIPAddresses().Any()) : Read(certificate, san => san.EnumerateDnsNames().Any());

    /// <summary>The first names, to follow subject and issuer.</summary>
    public static string Shown(X509Certificate2 certificate)
    {
        string[] names = Read(certificate, san => san.EnumerateDnsNames().Concat(san.EnumerateIPAddresses().Select(address => address.ToString())).Take(MaxNamed + 1).ToArray()) ?? [];
        return names.Length == 0 ? ", without names (SAN)" : $", for {string.Join(", ", names.Take(MaxNamed).Select(name => PrintableText.Of(name, 100)))}{(names.Length > MaxNamed ? ", ..." : "")}";
    }

    private static T? Read<T>(X509Certificate2 certificate, Func<X509SubjectAlternativeNameExtension, T> read)
    {
        try
        {
            return certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } san ? read(san) : default;
        }
        catch (CryptographicException)
        {
            return default;
        }
    }
}
