using IssuerGateway.Tls.Issuance;
using Prometheus;

namespace IssuerGateway.Tests.Tls.Issuance;

public sealed class AcmeMetricsTests
{
    // C10: the failure of a former leader fired an alert for ever.
    [Fact]
    public async Task A_replica_that_leads_no_more_shows_no_attempt()
    {
        CollectorRegistry registry = Metrics.NewCustomRegistry();
        AcmeMetrics metrics = new(Metrics.WithCustomRegistry(registry));
        metrics.Leads(true);
        metrics.Failed("a.example.test", "caa");
        metrics.Scheduled("a.example.test", DateTimeOffset.UnixEpoch.AddSeconds(5));
        Assert.Equal(["issuer_gateway_acme_last_attempt_succeeded{host=\"a.example.test\"} 0"], await TlsFixture.MetricsAsync(registry, "issuer_gateway_acme_last_attempt_succeeded"));

        metrics.Leads(false);

        Assert.Empty(await TlsFixture.MetricsAsync(registry, "issuer_gateway_acme_last_attempt_succeeded"));
        Assert.Empty(await TlsFixture.MetricsAsync(registry, "issuer_gateway_acme_next_attempt_timestamp_seconds"));
        Assert.Equal(["issuer_gateway_acme_failures_total{host=\"a.example.test\",problem=\"caa\"} 1"], await TlsFixture.MetricsAsync(registry, "issuer_gateway_acme_failures_total"));
    }
}
