using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace IssuerGateway.Edge;

/// <summary>
/// Ready from the moment in which the public ports are open until SIGTERM has come, so that load balancers send nothing
/// before, and stop sending while requests are still being served.
/// </summary>
internal sealed class EdgeHealthCheck(DrainState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        state.IsDraining ? HealthCheckResult.Unhealthy("draining")
        : state.IsListening ? HealthCheckResult.Healthy("ok")
        : HealthCheckResult.Unhealthy("the public ports are not open yet"));
}
