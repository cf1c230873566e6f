using System.Globalization;
using IssuerGateway.Acme;
using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>What operators read of one host's renewal. An Error means that relying parties fail, or will before the next attempt.</summary>
internal sealed class RenewalReport(IssuanceContext context, string host)
{
    private readonly ILogger<HostRenewal> logger = context.Loggers.CreateLogger<HostRenewal>();
    private DateTimeOffset? scheduled;

    public void Ordering(bool isForced) =>
        logger.LogInformation("Ordering a certificate for {Host} from {Directory}, requested by {By}", host, context.DirectoryUrl, isForced ? "an operator" : "the schedule");

    public void Failed(AcmeProblem problem, string hint, OrderPause pause, ServingCertificate? served)
    {
        context.Metrics.Failed(host, problem.Type);
        if (pause.IsTooLate)
        {
            logger.LogError("No new certificate for {Host}: {Problem}. hint: {Hint}. {Consequence}. Next attempt at {Next:u}; to try at once: issuer-gateway renew {Name}",
                host, problem, hint, Consequence(pause, served), pause.Until, host);
        }
        else
        {
            logger.LogWarning("No new certificate for {Host}: {Problem}. hint: {Hint}. Next attempt at {Next:u}; the certificate valid until {NotAfter:u} keeps serving",
                host, problem, hint, pause.Until, served!.NotAfter);
        }
    }

    public void Scheduled(OrderDecision decision, bool hasFailed, bool isPaused)
    {
        context.Metrics.Scheduled(host, decision.At);
        if (scheduled != decision.At && !hasFailed)
        {
            if (decision.IsTooLate)
            {
                logger.LogError("{Host} has no valid certificate, and the next one is ordered at {Next:u}, {Reason}. To order at once: issuer-gateway renew {Name}",
                    host, decision.At, isPaused ? "after the pause that followed a failed attempt" : "because several were ordered just before", host);
            }
            else
            {
                logger.LogInformation("Next certificate for {Host} is due at {Next:u}", host, decision.At);
            }
        }

        scheduled = decision.At;
    }

    public void ClockCompared(TimeSpan? ahead)
    {
        if (ahead is { } by)
        {
            context.Metrics.ClockAhead(by);
            if (by.Duration() > TimeSpan.FromMinutes(5))
            {
                logger.LogWarning("The clock of this machine is {Difference} {Direction} the CA's; certificates are validated and renewed by it. hint: synchronize it (NTP)",
                    by.Duration().ToString("c", CultureInfo.InvariantCulture), by > TimeSpan.Zero ? "ahead of" : "behind");
            }
        }
    }

    private string Consequence(OrderPause pause, ServingCertificate? served)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        return served is null ? "No certificate is served for the host, and TLS handshakes for it fail"
            : served.NotAfter <= context.Time.GetUtcNow() ? string.Create(plain, $"The certificate served expired at {served.NotAfter:u}")
            : string.Create(plain, $"The certificate served expires at {served.NotAfter:u}, and the next attempt would be at {pause.Wanted:u}; it is made before the certificate expires");
    }
}
