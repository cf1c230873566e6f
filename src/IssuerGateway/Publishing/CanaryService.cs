using Microsoft.Extensions.Hosting;

namespace IssuerGateway.Publishing;

/// <summary>Looks at the gateway's own tokens between refreshes: one that is signed by an unpublished key makes every issuer refresh at once.</summary>
internal sealed class CanaryService(IReadOnlyList<Publisher> publishers, RefreshService refresh, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(10);

    /// <summary>A key that stays unpublished must not turn into a fetch every few seconds.</summary>
    private static readonly TimeSpan pause = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (publishers.Any(publisher => publisher.HasCanary) && !stoppingToken.IsCancellationRequested)
        {
            bool isUnpublished = publishers.Any(publisher => publisher.CanarySignsUnpublished);
            if (isUnpublished)
            {
                refresh.RefreshNow();
            }

            await Task.Delay(isUnpublished ? pause : interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
