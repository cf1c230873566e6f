using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace IssuerGateway.Publishing.Reporting;

/// <summary>
/// Readiness as far as documents decide it: stores read and a first refresh, or 30 s; what is missing is reported but never
/// blocks longer, because an unready pod could not even respond to an ACME challenge.
/// </summary>
internal sealed class PublishingHealthCheck(RefreshService refresh, IReadOnlyList<Publisher> publishers, DocumentStore published) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        List<string> missing =
        [
            .. publishers.Where(publisher => published.Find(publisher.Issuer.Identifier) is null)
                .Select(publisher => $"issuer \"{publisher.Issuer.Identifier}\" {WhyNot(publisher.State)}"),
            .. publishers.Where(publisher => publisher.State.Failures > 0 && published.Find(publisher.Issuer.Identifier) is not null)
                .Select(publisher => $"issuer \"{publisher.Issuer.Identifier}\" is served from last-known-good"),
        ];
        string description = missing.Count == 0 ? "ok" : string.Join("; ", missing);
        return Task.FromResult(
            !refresh.IsReady ? HealthCheckResult.Unhealthy(description == "ok" ? "waiting for the first refresh" : description)
            : missing.Count > 0 ? HealthCheckResult.Degraded(description)
            : HealthCheckResult.Healthy(description));
    }

    private static string WhyNot(PublisherState state) => state switch
    {
        { Confirmed: null } => "has nothing published yet",
        { Keys.Keys.Count: 0 } => "is not published: every key is in RevokedKeys",
        _ => "is not published any more: its last good documents are older than MaxStale",
    };
}
