using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace IssuerGateway.Edge;

/// <summary>Not ready once SIGTERM has come, so that load balancers stop sending while requests are still answered.</summary>
internal sealed class DrainHealthCheck(DrainState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state.IsDraining ? HealthCheckResult.Unhealthy("draining") : HealthCheckResult.Healthy("ok"));
}
