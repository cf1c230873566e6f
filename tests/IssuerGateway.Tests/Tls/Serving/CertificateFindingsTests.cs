using System.Text;
using IssuerGateway.Tls;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace IssuerGateway.Tests.Tls.Serving;

public sealed class CertificateFindingsTests
{
    private readonly CapturedLog log = new();
    private readonly CollectorRegistry registry = Metrics.NewCustomRegistry();
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private readonly TestCa ca = new();

    [Fact]
    public async Task A_host_without_a_certificate_is_reported_at_start_in_readiness_and_by_metric_and_never_blocks()
    {
        (CertificateMonitor monitor, ServingCertificates certificates) = New("a.example.test");

        await monitor.StartedAsync(CancellationToken.None);

        HealthCheckResult health = await monitor.CheckHealthAsync(new HealthCheckContext());
        Assert.Equal((HealthStatus.Degraded, "a.example.test: no certificate is served"), (health.Status, health.Description));
        Assert.Equal(["Warning: a.example.test: certificate-missing: no certificate is served. hint: the log has the reason of the last attempt; to order at once: issuer-gateway renew a.example.test"], log.Lines);
        Assert.Equal(["issuer_gateway_tls_certificate_findings{host=\"a.example.test\",rule=\"certificate-missing\",severity=\"error\"} 1"], await MetricsAsync());

        Put(certificates, ca.Issue("a.example.test"));
        monitor.Report();
        Assert.Equal(HealthStatus.Healthy, (await monitor.CheckHealthAsync(new HealthCheckContext())).Status);
        Assert.Empty(await MetricsAsync());
        Assert.Equal("Information: a.example.test: certificate-missing resolved", log.Lines[^1]);
    }

    // C43
    [Fact]
    public void A_certificate_that_does_not_name_the_issuer_is_reported_with_the_names_that_are_served()
    {
        (CertificateMonitor monitor, ServingCertificates certificates) = New("a.example.test");
        Put(certificates, ca.Issue("b.example.test"));

        CertificateFinding finding = Assert.Single(monitor.Findings());

        Assert.Equal(("certificate-wrong-name", true, "no certificate served names a.example.test; those served name b.example.test"), (finding.Rule, finding.IsError, finding.Found));
    }

    [Theory]
    [InlineData("b.example.test", "certificate-missing")]
    [InlineData("*.example.test", null)]
    [InlineData("*.sub.a.example.test", "certificate-wrong-name")]
    [InlineData("example.test", "certificate-wrong-name")]
    public void A_certificate_of_another_host_that_is_served_too_has_no_wrong_name(string name, string? rule)
    {
        (CertificateMonitor monitor, ServingCertificates certificates) = New("a.example.test", "b.example.test");
        Put(certificates, ca.Issue(name));

        Assert.Equal(rule, monitor.Findings().FirstOrDefault(finding => finding.Host == "a.example.test")?.Rule);
    }

    [Fact]
    public async Task An_incomplete_chain_and_a_wrong_name_are_in_the_log_in_readiness_and_in_the_metric()
    {
        (CertificateMonitor monitor, ServingCertificates certificates) = New("a.example.test", "c.example.test");
        (string whole, string key) = ca.Issue("a.example.test");
        certificates.Put("first", ServingCertificate.Parse(Encoding.ASCII.GetBytes(whole[..(whole.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal) + 26)]), Encoding.ASCII.GetBytes(key), out _)!);
        Put(certificates, ca.Issue("b.example.test"));

        await monitor.StartedAsync(CancellationToken.None);

        Assert.Equal(
        [
            "issuer_gateway_tls_certificate_findings{host=\"a.example.test\",rule=\"certificate-chain-incomplete\",severity=\"warning\"} 1",
            "issuer_gateway_tls_certificate_findings{host=\"c.example.test\",rule=\"certificate-wrong-name\",severity=\"error\"} 1",
        ], (await MetricsAsync()).Order(StringComparer.Ordinal));
        Assert.Contains(log.Lines, line => line.StartsWith("Warning: a.example.test: certificate-chain-incomplete: the certificate of its issuer, CN=", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.StartsWith("Warning: c.example.test: certificate-wrong-name: no certificate served names c.example.test; those served name a.example.test, b.example.test", StringComparison.Ordinal));
        Assert.Equal("c.example.test: no certificate served names c.example.test; those served name a.example.test, b.example.test", (await monitor.CheckHealthAsync(new HealthCheckContext())).Description);
    }

    // C41
    [Theory]
    [InlineData("leaf alone", true)]
    [InlineData("foreign intermediate", true)]
    [InlineData("whole", false)]
    [InlineData("whole with root", false)]
    public void An_incomplete_chain_is_a_warning(string chain, bool isIncomplete)
    {
        (CertificateMonitor monitor, ServingCertificates certificates) = New("a.example.test");
        (string whole, string key) = ca.Issue("a.example.test");
        string leaf = whole[..(whole.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal) + 26)];
        Put(certificates, (chain switch
        {
            "leaf alone" => leaf,
            "foreign intermediate" => leaf + new TestCa("Other").Intermediate.ExportCertificatePem() + "\n",
            "whole with root" => whole + ca.Root.ExportCertificatePem() + "\n",
            _ => whole,
        }, key));

        Assert.Equal(isIncomplete ? ["certificate-chain-incomplete"] : [], monitor.Findings().Select(finding => finding.Rule));
        Assert.All(monitor.Findings(), finding => Assert.False(finding.IsError));
    }

    [Fact]
    public void An_expired_certificate_is_an_error_once_and_one_of_the_future_a_warning()
    {
        (CertificateMonitor monitor, ServingCertificates certificates) = New("a.example.test");
        Put(certificates, ca.Issue(["a.example.test"], time.GetUtcNow().AddHours(1), time.GetUtcNow().AddHours(2)));
        Assert.Equal(["certificate-not-yet-valid"], monitor.Findings().Select(finding => finding.Rule));

        time.Advance(TimeSpan.FromHours(3));
        monitor.Report();
        monitor.Report();

        Assert.Single(log.Lines, line => line.StartsWith("Error: a.example.test: certificate-expired: the certificate served expired at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_that_only_one_more_attempt_can_replace_is_an_error_everywhere()
    {
        DateTimeOffset? last = null;
        TlsMetrics metrics = new(Metrics.WithCustomRegistry(registry));
        ServingCertificates certificates = new(["a.example.test"], metrics, new CapturedLog().For<ServingCertificates>());
        CertificateMonitor monitor = new(["a.example.test"], CertificateSourceTexts.Of(TlsMode.Acme), certificates, metrics, time, log.For<CertificateMonitor>(), host => host == "a.example.test" ? last : null);
        DateTimeOffset end = time.GetUtcNow().AddDays(1);
        Put(certificates, ca.Issue(["a.example.test"], time.GetUtcNow().AddDays(-5), end));
        Assert.Empty(monitor.Findings());

        last = end.AddMinutes(-10);
        monitor.Report();

        string found = $"the certificate served expires at {end:u}, and the attempt to replace it at {last:u} is the last one before that";
        Assert.Equal([$"Error: a.example.test: certificate-last-attempt: {found}. hint: the log has the reason of the last attempt; to order at once: issuer-gateway renew a.example.test"], log.Lines);
        Assert.Equal($"a.example.test: {found}", (await monitor.CheckHealthAsync(new HealthCheckContext())).Description);
        Assert.Equal(["issuer_gateway_tls_certificate_findings{host=\"a.example.test\",rule=\"certificate-last-attempt\",severity=\"error\"} 1"], await MetricsAsync());
        last = null;
        monitor.Report();
        Assert.Empty(await MetricsAsync());
    }

    // `renew` would order another one, which could not be stored either.
    [Fact]
    public void A_store_that_cannot_be_read_is_to_be_repaired_and_not_renewed()
    {
        TlsMetrics metrics = new(Metrics.WithCustomRegistry(registry));
        ServingCertificates certificates = new(["a.example.test"], metrics, new CapturedLog().For<ServingCertificates>());
        CapturedLog updates = new();
        CertificateUpdater updater = new(certificates, metrics, time, updates.For<CertificateUpdater>());
        CertificateMonitor monitor = new(["a.example.test"], CertificateSourceTexts.Of(TlsMode.Acme), certificates, metrics, time, log.For<CertificateMonitor>(), updater: updater);
        (string chain, string key) = ca.Issue("a.example.test");
        updater.TryUpdate("a.example.test", new CertificateCandidate("first", Encoding.ASCII.GetBytes(chain), Encoding.ASCII.GetBytes(key), Fault: null));

        updater.TryUpdate("a.example.test", CertificateCandidate.Unreadable("Secret gateway/tls does not exist"));

        CertificateFinding finding = Assert.Single(monitor.Findings());
        Assert.Equal("the certificate of a.example.test cannot be read: Secret gateway/tls does not exist", finding.Found);
        Assert.Equal("make it readable, as the message says; it is read again within a minute. A gateway that starts before has no certificate for a.example.test", finding.Fix);
        Assert.StartsWith("Warning: The certificate of a.example.test cannot be read: Secret gateway/tls does not exist; the one valid until ", updates.Lines[^1], StringComparison.Ordinal);
    }

    // A renewal that does not arrive must be seen before the certificate in force expires.
    [Fact]
    public void What_a_source_holds_and_cannot_be_served_is_a_finding_until_it_is_corrected()
    {
        TlsMetrics metrics = new(Metrics.WithCustomRegistry(registry));
        ServingCertificates certificates = new(["a.example.test", "b.example.test"], metrics, new CapturedLog().For<ServingCertificates>());
        CertificateUpdater updater = new(certificates, metrics, time, new CapturedLog().For<CertificateUpdater>());
        CertificateMonitor monitor = new(["a.example.test", "b.example.test"], CertificateSourceTexts.Of(TlsMode.Files), certificates, metrics, time, log.For<CertificateMonitor>(), updater: updater);
        updater.TryUpdate("a.crt", Candidate("first", ca.Issue("a.example.test")));
        updater.TryUpdate("b.crt", Candidate("first", ca.Issue("b.example.test")));
        Assert.Empty(monitor.Findings());

        updater.TryUpdate("a.crt", CertificateCandidate.Unreadable("a.crt: no such file"));

        CertificateFinding finding = Assert.Single(monitor.Findings());
        Assert.Equal(("a.example.test", "certificate-rejected", false, "the certificate of a.crt cannot be read: a.crt: no such file", "replace the file; it is read within 10 s"),
            (finding.Host, finding.Rule, finding.IsError, finding.Found, finding.Fix));

        updater.TryUpdate("a.crt", Candidate("second", ca.Issue("a.example.test")));
        Assert.Empty(monitor.Findings());

        static CertificateCandidate Candidate(string hash, (string Chain, string Key) pair) => new(hash, Encoding.ASCII.GetBytes(pair.Chain), Encoding.ASCII.GetBytes(pair.Key), Fault: null);
    }

    private (CertificateMonitor, ServingCertificates) New(params string[] hosts)
    {
        TlsMetrics metrics = new(Metrics.WithCustomRegistry(registry));
        ServingCertificates certificates = new(hosts, metrics, new CapturedLog().For<ServingCertificates>());
        return (new CertificateMonitor(hosts, CertificateSourceTexts.Of(TlsMode.Acme), certificates, metrics, time, log.For<CertificateMonitor>()), certificates);
    }

    private static void Put(ServingCertificates certificates, (string Chain, string Key) pair) =>
        certificates.Put("slot", ServingCertificate.Parse(Encoding.ASCII.GetBytes(pair.Chain), Encoding.ASCII.GetBytes(pair.Key), out _)!);

    private Task<string[]> MetricsAsync() => TlsFixture.MetricsAsync(registry, "issuer_gateway_tls_certificate_findings");
}
