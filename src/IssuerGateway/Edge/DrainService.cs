using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Edge;

/// <summary>Holds the host's shutdown back for the delay, while the listeners still accept.</summary>
internal sealed class DrainService(DrainSettings settings, DrainState state, TimeProvider time, ILogger<DrainService> logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // After every service has started, Kestrel among them.
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        state.Listening();
        return Task.CompletedTask;
    }

    // The only phase of a host's shutdown in which Kestrel still accepts.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.Begin();
        logger.LogInformation("Shutting down: accepting connections for {Delay} more, then waiting up to {Grace} for requests in flight", settings.Delay, settings.Grace);
        await Task.Delay(settings.Delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
