using System.Net;
using IssuerGateway.Transport;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Edge.Watchdog;

/// <summary>
/// Queries the public ports again and again, as a client does. While they respond it feeds the supervisor's watchdog; when
/// they have not for a while, <c>/livez</c> fails, and whoever supervises restarts a gateway that hangs.
/// </summary>
internal sealed class EdgeWatchdog(WatchdogSettings settings, PublicPorts ports, PublicPortProbe probe, DrainState state, TimeProvider time, ILogger<EdgeWatchdog> logger)
    : BackgroundService, IHealthCheck
{
    /// <summary>Longer than any load that is honest; probes of an orchestrator wait as long again before they restart.</summary>
    private static readonly TimeSpan tolerance = TimeSpan.FromSeconds(45);

    private long lastResponse = time.GetTimestamp();

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        !IsWatching || SinceResponse <= tolerance
            ? HealthCheckResult.Healthy("ok")
            : HealthCheckResult.Unhealthy($"no public port has responded for {SinceResponse.TotalSeconds:F0} s"));

    /// <summary>Not before the ports are open, nor after SIGTERM, when they close one by one.</summary>
    private bool IsWatching => state.IsListening && !state.IsDraining;

    private TimeSpan SinceResponse => time.GetElapsedTime(Volatile.Read(ref lastResponse));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(settings.Interval, time);
        do
        {
            if (!IsWatching || await RespondsAsync(stoppingToken))
            {
                Volatile.Write(ref lastResponse, time.GetTimestamp());
                settings.Notify();
            }
            else
            {
                logger.LogWarning("The public ports did not respond to the gateway itself within {Timeout}", settings.Interval);
            }
        }
        while (await WaitAsync(timer, stoppingToken));
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> RespondsAsync(CancellationToken stoppingToken)
    {
        using CancellationTokenSource limit = new(settings.Interval, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stoppingToken);
        foreach ((int i, IPEndPoint listener) in ports.Bound.Index())
        {
            try
            {
                if (!await probe.RespondsAsync(listener, i == 0 ? settings.ServerName : null, either.Token))
                {
                    return stoppingToken.IsCancellationRequested;
                }
            }
#pragma warning disable CA1031 // Whatever it is, the port has not responded; and the watchdog must outlive it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                logger.LogWarning(e, "The probe of {Port} failed", listener);
                return false;
            }
        }

        return true;
    }
}
