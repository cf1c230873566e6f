using System.Net.Security;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// The cipher suites of TLS that relying parties still accept. The gateway's own restriction to AEAD suites holds for the
/// whole process, and would make the check reject servers that every relying party accepts.
/// </summary>
internal static class RelyingPartyTls
{
    public static IReadOnlyList<TlsCipherSuite> Accepted { get; } =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA256, TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA256,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA,
    ];

    /// <summary>Named groups: X25519MLKEM768, X25519, P-256, P-384 and P-521 (RFC 8446 §4.2.7).</summary>
    public static IReadOnlyList<ushort> Groups { get; } = [0x11EC, 0x001D, 0x0017, 0x0018, 0x0019];

    /// <summary>Null where the platform has no such policy; nothing restricts the suites of the process there.</summary>
    public static CipherSuitesPolicy? Suites { get; } = OperatingSystem.IsLinux() ? new CipherSuitesPolicy(Accepted) : null;

    /// <summary>Whether a suite lacks authenticated encryption or forward secrecy (RFC 9325 §4.2).</summary>
    public static bool IsWeak(TlsCipherSuite suite)
    {
        string name = suite.ToString();
        return name.Contains("_CBC_", StringComparison.Ordinal) || name.StartsWith("TLS_RSA_", StringComparison.Ordinal);
    }

    /// <summary>Whether Go's crypto/tls offers a suite when nobody configures it (defaultCipherSuites of Go 1.26): elliptic curves only, of CBC those with SHA-1.</summary>
    public static bool IsOfGo(TlsCipherSuite suite)
    {
        string name = suite.ToString();
        return !name.StartsWith("TLS_DHE_", StringComparison.Ordinal) && !name.StartsWith("TLS_RSA_", StringComparison.Ordinal)
            && (!name.Contains("_CBC_", StringComparison.Ordinal) || name.EndsWith("_SHA", StringComparison.Ordinal));
    }
}
