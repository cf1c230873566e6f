using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Serving;

/// <summary>
/// Reports what is wrong with the certificates in force: at start and at each change in the log, in the text of readiness,
/// which it never blocks (a pod that is not ready gets no challenge), and by a metric.
/// </summary>
internal sealed class CertificateMonitor(IReadOnlyList<string> hosts, CertificateSourceTexts texts, ServingCertificates certificates, TlsMetrics metrics, TimeProvider time, ILogger<CertificateMonitor> logger,
    Func<string, DateTimeOffset?>? lastAttempt = null, CertificateUpdater? updater = null)
    : BackgroundService, IHostedLifecycleService, IHealthCheck
{
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(10);

    private IReadOnlyList<CertificateFinding> reported = [];

    public IReadOnlyList<string> Hosts => hosts;

    public IReadOnlyList<CertificateFinding> Findings() => CertificateFindings.Of(hosts, certificates, time.GetUtcNow(), texts, lastAttempt, updater?.Rejected);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Every source has been read by then.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Report();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string[] errors = [.. Findings().Where(finding => finding.IsError).Select(finding => $"{finding.Host}: {finding.Found}")];
        return Task.FromResult(errors.Length == 0 ? HealthCheckResult.Healthy("ok") : HealthCheckResult.Degraded(string.Join("; ", errors)));
    }

    public void Report()
    {
        IReadOnlyList<CertificateFinding> now = Findings();
        // The updater has logged what it rejected.
        foreach (CertificateFinding finding in now.Where(finding => finding.Rule != CertificateFindings.Rejected && !IsReported(reported, finding)))
        {
            logger.Log(finding.Rule is CertificateFindings.Expired or CertificateFindings.LastAttempt ? LogLevel.Error : LogLevel.Warning, "{Host}: {Rule}: {Found}. hint: {Fix}", finding.Host, finding.Rule, finding.Found, finding.Fix);
        }

        foreach (CertificateFinding gone in reported.Where(finding => !IsReported(now, finding)))
        {
            logger.LogInformation("{Host}: {Rule} resolved", gone.Host, gone.Rule);
        }

        metrics.Findings(reported, now);
        reported = now;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Report();
        }
    }

    private static bool IsReported(IReadOnlyList<CertificateFinding> findings, CertificateFinding finding) =>
        findings.Any(each => each.Host == finding.Host && each.Rule == finding.Rule);
}
