using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Checking.Handshakes;

/// <summary>
/// Extended key usages as Go's crypto/x509 reads them: anyExtendedKeyUsage is every purpose. .NET and OpenSSL require
/// serverAuth itself, which RFC 5280 §4.2.1.12 leaves to each application.
/// </summary>
internal static class ServerUsage
{
    /// <summary>id-kp-serverAuth (RFC 5280 §4.2.1.12).</summary>
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private const string Any = "2.5.29.37.0";

    /// <summary>Whether the chain lacks nothing but that certificates are for any purpose and do not name servers.</summary>
    public static bool IsForAny(X509Chain chain) =>
        chain.ChainStatus.Length > 0 && chain.ChainStatus.All(status => status.Status == X509ChainStatusFlags.NotValidForUsage) && chain.ChainElements.All(element => Allows(element.Certificate));

    private static bool Allows(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is not { } usage || usage.EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Any(purpose => purpose.Value is ServerAuthentication or Any);
}
