using System.Diagnostics;
using IssuerGateway.Tls.Serving.OpenSsl;

namespace IssuerGateway.Tests.Tls.Serving.OpenSsl;

public sealed class OpenSslPolicyTests : IDisposable
{
    private const string Carried = """
        openssl_conf = openssl_init
        [openssl_init]
        ssl_conf = ssl_settings
        [ssl_settings]
        system_default = tls
        [tls]
        MinProtocol = TLSv1.2
        CipherString = ECDHE+AESGCM:ECDHE+CHACHA20
        Ciphersuites = TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
        Groups = X25519:P-256:P-384:P-521
        """;

    /// <summary>As Red Hat ships it: a policy in a file of its own.</summary>
    private const string Policy = """
        openssl_conf = openssl_init
        [openssl_init]
        providers = provider_sect
        ssl_conf = ssl_module
        [provider_sect]
        default = default_sect
        [default_sect]
        activate = 1
        [ssl_module]
        system_default = crypto_policy
        [crypto_policy]
        .include = /etc/crypto-policies/back-ends/opensslcnf.config
        """;

    private static readonly OpenSslFacts old = new(HasHybridGroups: false, IsFips: false);

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Without_a_system_configuration_the_rules_stand_alone() => Assert.Equal(
        """
        [default]
        openssl_conf = openssl_init
        [openssl_init]
        ssl_conf = issuer_gateway_ssl
        [issuer_gateway_ssl]
        system_default = issuer_gateway_tls
        [issuer_gateway_tls]
        MinProtocol = TLSv1.2
        CipherString = ECDHE+AESGCM:ECDHE+CHACHA20
        Ciphersuites = TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
        Groups = X25519:P-256:P-384:P-521

        """,
        Compose(null, null, old));

    [Fact]
    public void A_crypto_policy_stays_in_force_and_is_narrowed() => Assert.Equal(
        """
        .include /etc/pki/tls/openssl.cnf
        [default]
        openssl_conf = openssl_init
        [openssl_init]
        ssl_conf = issuer_gateway_ssl
        [issuer_gateway_ssl]
        system_default = issuer_gateway_tls
        [issuer_gateway_tls]
        SignatureAlgorithms = ECDSA+SHA256:RSA-PSS+SHA256
        MinProtocol = TLSv1.3
        CipherString = ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2
        Ciphersuites = TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384
        Groups = P-256:P-384

        """,
        Compose(Policy, """
            CipherString = @SECLEVEL=2:kEECDH:kRSA:kEDH:-aDSS
            Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256
            MinProtocol = TLSv1.3
            SignatureAlgorithms = ECDSA+SHA256:RSA-PSS+SHA256
            Groups = secp256r1:secp384r1:ffdhe2048:ffdhe3072
            """, old));

    [Theory]
    [InlineData(true, false, null, "?X25519MLKEM768:?X25519:P-256:P-384:P-521")]
    [InlineData(false, false, null, "X25519:P-256:P-384:P-521")]
    [InlineData(false, true, null, "P-256:P-384:P-521")]
    [InlineData(true, true, null, "?X25519MLKEM768:?X25519:P-256:P-384:P-521")]
    [InlineData(true, false, "X25519:prime256v1:X448:?X25519MLKEM768:ffdhe4096", "?X25519MLKEM768:?X25519:P-256")]
    [InlineData(true, false, "*X25519MLKEM768 / *X25519:secp256r1 / ffdhe2048", "?X25519MLKEM768:?X25519:P-256")]
    [InlineData(false, false, "ffdhe2048:ffdhe3072", "X25519:P-256:P-384:P-521")]
    public void The_hybrid_group_comes_first_where_there_is_one_and_no_finite_field_group_ever(bool hasHybrid, bool isFips, string? policy, string groups) =>
        Assert.EndsWith($"\nGroups = {groups}\n", Compose(Policy, policy is null ? "" : $"Groups = {policy}", new OpenSslFacts(hasHybrid, isFips)), StringComparison.Ordinal);

    [Fact]
    public void FIPS_by_configuration_counts_as_FIPS() =>
        Assert.EndsWith("\nGroups = P-256:P-384:P-521\n", Compose("openssl_conf = o\n[o]\nalg_section = a\n[a]\ndefault_properties = fips=yes\n", null, old), StringComparison.Ordinal);

    [Fact]
    public void OpenSSL_takes_what_is_made_for_this_machine_and_offers_no_other_suite()
    {
        string file = directory.File("openssl.cnf");
        File.WriteAllText(file, OpenSslConfiguration.Text());
        ProcessStartInfo start = new("openssl", ["ciphers", "-s", "ALL:COMPLEMENTOFALL"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OPENSSL_CONF"] = file;
        using Process openSsl = Process.Start(start)!;
        string output = openSsl.StandardOutput.ReadToEnd();
        string error = openSsl.StandardError.ReadToEnd();
        openSsl.WaitForExit();

        Assert.Equal((0, ""), (openSsl.ExitCode, error));
        Assert.Equal("TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256", string.Join(':', output.Split(':').TakeWhile(name => name.StartsWith("TLS_", StringComparison.Ordinal))));
    }

    private static string Compose(string? system, string? included, OpenSslFacts facts) => OpenSslPolicy.Compose(
        OpenSslText.Parse(Carried, _ => null),
        system is null ? null : ("/etc/pki/tls/openssl.cnf", OpenSslText.Parse(system, path => path == "/etc/crypto-policies/back-ends/opensslcnf.config" ? included : null)),
        facts);
}
