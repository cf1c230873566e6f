using Prometheus;

namespace IssuerGateway.Tls.Serving;

/// <summary>What an operator is alerted by: expiry of each name, and certificates that could not be taken over.</summary>
internal sealed class TlsMetrics(IMetricFactory factory)
{
    private readonly Gauge notAfter = factory.CreateGauge("issuer_gateway_tls_certificate_not_after_timestamp_seconds",
        "Unix time at which the certificate served for the name expires; 0 for a host of an issuer without a certificate.", ["host"]);

    private readonly Gauge faulty = factory.CreateGauge("issuer_gateway_tls_certificate_faulty",
        "1 while the newest certificate of the source cannot be served and an older one or none is, else 0.", ["source"]);

    public void Serving(IEnumerable<string> before, IReadOnlyDictionary<string, DateTimeOffset?> after)
    {
        foreach (string gone in before.Where(name => !after.ContainsKey(name)))
        {
            notAfter.RemoveLabelled(gone);
        }

        foreach ((string name, DateTimeOffset? expiry) in after)
        {
            notAfter.WithLabels(name).Set(expiry?.ToUnixTimeSeconds() ?? 0);
        }
    }

    private readonly Gauge findings = factory.CreateGauge("issuer_gateway_tls_certificate_findings",
        "1 for each finding about the certificate of a host: missing, wrong name, expired, last attempt, not yet valid, incomplete chain, rejected.", ["host", "rule", "severity"]);

    public void Findings(IReadOnlyList<CertificateFinding> before, IReadOnlyList<CertificateFinding> now)
    {
        foreach (CertificateFinding gone in before)
        {
            findings.RemoveLabelled(Labels(gone));
        }

        foreach (CertificateFinding finding in now)
        {
            findings.WithLabels(Labels(finding)).Set(1);
        }

        static string[] Labels(CertificateFinding finding) => [finding.Host, finding.Rule, finding.IsError ? "error" : "warning"];
    }

    public void Taken(string slot) => faulty.WithLabels(slot).Set(0);

    public void Rejected(string slot) => faulty.WithLabels(slot).Set(1);
}
