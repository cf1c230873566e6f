using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Hosting;
using k8s.Models;

namespace IssuerGateway.Tls.Sources;

/// <summary>Serves TLS Secrets that something else keeps fresh, before the first port opens, and takes over what changes in them.</summary>
internal sealed class SecretCertificatesService(SecretsSettings settings, ClusterObjects objects, CertificateUpdater intake, ReloadRequest reload, TimeProvider time)
    : BackgroundService, IHostedLifecycleService
{
    /// <summary>An API server that does not respond keeps the port closed no longer than this.</summary>
    private static readonly TimeSpan startLimit = TimeSpan.FromSeconds(5);

    // Taken before the first look: ExecuteAsync begins some time after the ports are open.
    private Task requested = Task.CompletedTask;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        requested = reload.Next();
        using CancellationTokenSource limit = new(startLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await PollAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The next look shows what is wrong.
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task PollAsync(CancellationToken cancellationToken)
    {
        foreach (string name in settings.Names)
        {
            // A Secret that is gone or out of reach is a fault like a broken one: what was served stays in force.
            ClusterResponse<V1Secret> response = await objects.ReadSecretAsync(name, cancellationToken);
            intake.TryUpdate($"Secret {objects.Namespace}/{name}",
                response.Value is { } secret ? SecretAcmeStore.CandidateOf(secret) : CertificateCandidate.Unreadable(response.Fault!.Message));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await reload.WaitAsync(settings.Interval, requested, stoppingToken);
            requested = reload.Next();
            if (!stoppingToken.IsCancellationRequested)
            {
                await PollAsync(stoppingToken);
            }
        }
    }
}
