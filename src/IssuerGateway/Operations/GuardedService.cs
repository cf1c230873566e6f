using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Operations;

/// <summary>
/// Keeps a background service running: an exception that it did not foresee is logged and the service is started again,
/// instead of ending the process (the default of the host) or leaving the service dead. Whoever opens a port is not
/// guarded: without it the process is of no use.
/// </summary>
internal sealed class GuardedService(BackgroundService service, TimeProvider time, ILogger<GuardedService> logger) : IHostedLifecycleService, IDisposable
{
    /// <summary>Between a failure and the next start, so that a failure at every start is no busy loop.</summary>
    public static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource stopping = new();
    private readonly IHostedLifecycleService? lifecycle = service as IHostedLifecycleService;
    private Task supervision = Task.CompletedTask;

    private string Name => service.GetType().Name;

    public Task StartingAsync(CancellationToken cancellationToken) => GuardAsync(() => lifecycle?.StartingAsync(cancellationToken), cancellationToken);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await service.StartAsync(cancellationToken);
        supervision = SuperviseAsync();
    }

    public Task StartedAsync(CancellationToken cancellationToken) => GuardAsync(() => lifecycle?.StartedAsync(cancellationToken), cancellationToken);

    public Task StoppingAsync(CancellationToken cancellationToken) => GuardAsync(() => lifecycle?.StoppingAsync(cancellationToken), cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await GuardAsync(() => service.StopAsync(cancellationToken), cancellationToken);
        await supervision.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => GuardAsync(() => lifecycle?.StoppedAsync(cancellationToken), cancellationToken);

    // A start that fails disposes without a stop, and this before the service, which it cancels.
    public void Dispose()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private async Task SuperviseAsync()
    {
        while (true)
        {
            try
            {
                await (service.ExecuteTask ?? Task.CompletedTask);
                return;
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogError(e, "{Service} failed with an unexpected exception and restarts in {Delay} s", Name, RestartDelay.TotalSeconds);
            }

            await Task.Delay(RestartDelay, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            await service.StartAsync(CancellationToken.None);
        }
    }

    private async Task GuardAsync(Func<Task?> phase, CancellationToken cancellationToken)
    {
        try
        {
            await (phase() ?? Task.CompletedTask);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What is stopped ends so.
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogError(e, "{Service} failed with an unexpected exception; the gateway continues", Name);
        }
    }
}

/// <summary>Puts <see cref="GuardedService"/> around every background service of a host.</summary>
internal static class GuardedServices
{
    /// <summary>Belongs after the last registration.</summary>
    public static void GuardBackgroundServices(this IServiceCollection services)
    {
        for (int i = 0; i < services.Count; i++)
        {
            ServiceDescriptor registered = services[i];
            if (registered.ServiceType == typeof(IHostedService) && !registered.IsKeyedService)
            {
                services[i] = ServiceDescriptor.Singleton(provider => Guarded(Create(registered, provider), provider));
            }
        }
    }

    private static IHostedService Create(ServiceDescriptor registered, IServiceProvider provider) => (IHostedService)(
        registered.ImplementationInstance
        ?? registered.ImplementationFactory?.Invoke(provider)
        ?? ActivatorUtilities.CreateInstance(provider, registered.ImplementationType!));

    private static IHostedService Guarded(IHostedService service, IServiceProvider provider) => service is BackgroundService background
        ? new GuardedService(background, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<GuardedService>>())
        : service;
}
