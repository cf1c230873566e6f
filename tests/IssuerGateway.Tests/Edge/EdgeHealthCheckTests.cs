using IssuerGateway.Edge;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace IssuerGateway.Tests.Edge;

public sealed class EdgeHealthCheckTests
{
    [Fact]
    public async Task Is_ready_from_the_open_port_until_it_drains()
    {
        DrainState state = new();
        Assert.Equal((HealthStatus.Unhealthy, "the public ports are not open yet"), await QueryAsync(state));

        state.Listening();
        Assert.Equal((HealthStatus.Healthy, "ok"), await QueryAsync(state));

        state.Begin();
        Assert.Equal((HealthStatus.Unhealthy, "draining"), await QueryAsync(state));
    }

    private static async Task<(HealthStatus Status, string? Description)> QueryAsync(DrainState state)
    {
        HealthCheckResult result = await new EdgeHealthCheck(state).CheckHealthAsync(new HealthCheckContext());
        return (result.Status, result.Description);
    }
}
