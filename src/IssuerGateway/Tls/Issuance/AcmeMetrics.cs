using Prometheus;

namespace IssuerGateway.Tls.Issuance;

/// <summary>What an operator is alerted by while certificates are ordered.</summary>
internal sealed class AcmeMetrics(IMetricFactory factory)
{
    private static readonly string[] perHost = ["host"];

    private readonly Gauge nextRenewal = factory.CreateGauge("issuer_gateway_acme_next_attempt_timestamp_seconds",
        "Unix time before which no certificate is ordered for the host; only on the replica that leads.", perHost);

    private readonly Gauge lastAttempt = factory.CreateGauge("issuer_gateway_acme_last_attempt_succeeded",
        "1 when the last attempt to get a certificate for the host succeeded, 0 when it failed; only on the replica that leads.", perHost);

    private readonly Counter failures = factory.CreateCounter("issuer_gateway_acme_failures_total",
        "Failed attempts by host and type of problem (RFC 8555 section 6.7, or the gateway's own).", ["host", "problem"]);

    private readonly Counter issued = factory.CreateCounter("issuer_gateway_acme_certificates_issued_total", "Certificates received.", perHost);

    private readonly Gauge leader = factory.CreateGauge("issuer_gateway_acme_leader", "1 on the replica that orders certificates, else 0.");

    private readonly Gauge clockAhead = factory.CreateGauge("issuer_gateway_acme_clock_ahead_seconds",
        "How far the clock of this machine is ahead of the CA's (negative: behind).");

    private readonly Gauge unstored = factory.CreateGauge("issuer_gateway_acme_certificate_unstored",
        "1 while the certificate served for the host could not be stored, else 0.", perHost);

    public void Scheduled(string host, DateTimeOffset next) => nextRenewal.WithLabels(host).Set(next.ToUnixTimeSeconds());

    public void Stored(string host, bool isStored) => unstored.WithLabels(host).Set(isStored ? 0 : 1);

    public void Succeeded(string host)
    {
        lastAttempt.WithLabels(host).Set(1);
        issued.WithLabels(host).Inc();
    }

    public void Failed(string host, string problem)
    {
        lastAttempt.WithLabels(host).Set(0);
        failures.WithLabels(host, problem).Inc();
    }

    /// <summary>A replica that does not lead shows no attempt: it could only be an old one, and alerts would fire for ever.</summary>
    public void Leads(bool isLeader)
    {
        leader.Set(isLeader ? 1 : 0);
        foreach (string[] host in isLeader ? [] : lastAttempt.GetAllLabelValues().Concat(nextRenewal.GetAllLabelValues()))
        {
            lastAttempt.RemoveLabelled(host);
            nextRenewal.RemoveLabelled(host);
        }
    }

    public void ClockAhead(TimeSpan by) => clockAhead.Set(by.TotalSeconds);
}
