using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Hosting;

namespace IssuerGateway.Tls.Sources;

/// <summary>Serves PEM pairs from disk, before the first port opens, and takes over what changes there.</summary>
internal sealed class CertificateFilesService(IReadOnlyList<CertificateFiles> pairs, CertificateUpdater intake, ReloadRequest reload)
    : BackgroundService, IHostedLifecycleService
{
    /// <summary>How late a changed file may be seen without SIGHUP. File change notification misses Kubernetes' link swap and network file systems.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(10);

    // Taken before the first look: ExecuteAsync begins some time after the ports are open.
    private Task requested = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        requested = reload.Next();
        Poll();
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Poll()
    {
        foreach (CertificateFiles pair in pairs)
        {
            intake.TryUpdate(pair.CertificateFile, pair.Offer());
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await reload.WaitAsync(PollInterval, requested, stoppingToken);
            requested = reload.Next();
            Poll();
        }
    }
}
