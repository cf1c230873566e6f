using System.Security.Authentication;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;

namespace IssuerGateway.Tests.Checking;

public sealed class TlsStepTests
{
    private static readonly DateTimeOffset now = DateTimeOffset.Parse("2026-11-24T12:00:00Z");

    private static readonly TlsObservation good = new()
    {
        Protocol = SslProtocols.Tls13,
        Suite = System.Net.Security.TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        NotBefore = now.AddDays(-30),
        NotAfter = now.AddDays(60),
        NameMatches = true,
        IsTrustedAsSent = true,
        IsTrustedWithDownloads = true,
        CertificatesSent = 2,
    };

    [Fact]
    public void Accepts_a_public_chain_for_the_name_in_date() => Assert.Empty(Rules(good));

    [Fact]
    public void Accepts_TLS_1_2() => Assert.Empty(Rules(good with { Protocol = SslProtocols.Tls12 }));

    [Fact]
    public void Rejects_older_protocols()
    {
#pragma warning disable SYSLIB0039, CA5397 // The old version is the subject.
        Assert.Equal(["tls-old-protocol"], Rules(good with { Protocol = SslProtocols.Tls11 }));
#pragma warning restore SYSLIB0039, CA5397
    }

    [Fact]
    public void Tells_a_gap_in_the_chain_from_an_unknown_root()
    {
        Assert.Equal(["tls-chain-incomplete"], Rules(good with { IsTrustedAsSent = false }));
        Assert.Equal(["tls-untrusted"], Rules(good with { IsTrustedAsSent = false, IsTrustedWithDownloads = false }));
    }

    /// <summary>Vault, OpenBao and Kubernetes can be given a CA, AWS a thumbprint (relying-party documentation), so that nobody sees from here whether they reject.</summary>
    [Theory]
    [InlineData("vault", "oidc_discovery_ca_pem")]
    [InlineData("openbao", "oidc_discovery_ca_pem")]
    [InlineData("kubernetes", "certificateAuthority")]
    [InlineData("aws", "thumbprint")]
    [InlineData("google", null)]
    public void Names_where_a_party_is_told_of_a_private_CA(string id, string? setting)
    {
        StepBuilder step = new("tls", [RelyingParty.Find(id)!], TimeProvider.System);
        TlsStep.Validate(step, good with { IsTrustedAsSent = false, IsTrustedWithDownloads = false }, "issuer.example.test", now);

        CheckFinding finding = Assert.Single(step.Done("").Findings);
        Assert.Equal(setting is not null, Assert.Single(finding.Responses).Evidence == Evidence.Unconfirmed);
        Assert.Equal(setting is not null, finding.Fix.Contains($"register the CA at the relying party ({id}: ", StringComparison.Ordinal) && finding.Fix.Contains(setting ?? "-", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(-90, -1, "tls-expired")]
    [InlineData(1, 90, "tls-expired")]
    [InlineData(-83, 6, "tls-expires-soon")]
    [InlineData(-83, 8, null)]
    [InlineData(-3, 3, null)]
    [InlineData(-5, 1, "tls-expires-soon")]
    public void Knows_the_dates_of_long_and_short_lived_certificates(int notBefore, int notAfter, string? rule) =>
        Assert.Equal(rule is null ? [] : [rule], Rules(good with { NotBefore = now.AddDays(notBefore), NotAfter = now.AddDays(notAfter) }));

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    public void Names_the_host_in_the_command_that_renews(int notAfter)
    {
        StepBuilder step = new("tls", [RelyingParty.Find("entra")!], TimeProvider.System);
        TlsStep.Validate(step, good with { NotBefore = now.AddDays(-83), NotAfter = now.AddDays(notAfter) }, "issuer.example.test", now);

        Assert.Contains("issuer-gateway renew issuer.example.test; ", Assert.Single(step.Done("").Findings).Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")]
    [InlineData("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA")]
    [InlineData("TLS_RSA_WITH_AES_128_GCM_SHA256")]
    public void Warns_of_a_suite_that_parties_are_dropping(string suite) =>
        Assert.Equal(["tls-weak-suite"], Rules(good with { Protocol = SslProtocols.Tls12, Suite = Enum.Parse<System.Net.Security.TlsCipherSuite>(suite) }));

    [Fact]
    public void Rejects_another_name() => Assert.Equal(["tls-name-mismatch"], Rules(good with { NameMatches = false }));

    private static string[] Rules(TlsObservation seen)
    {
        StepBuilder step = new("tls", [RelyingParty.Find("entra")!], TimeProvider.System);
        TlsStep.Validate(step, seen, "issuer.example.test", now);
        return [.. step.Done("").Findings.Select(finding => finding.Id)];
    }
}
