using IssuerGateway.Base;
using IssuerGateway.Issuers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Publishing;

/// <summary>
/// Notices that refreshes of an issuer no longer end, whatever they wait for: a refresh that fails is reported by itself,
/// one that hangs is not. It runs beside them and depends on nothing that they use.
/// </summary>
internal sealed class RefreshWatchdog(
    IReadOnlyList<Publisher> publishers, RefreshService refresh, PublishingSettings settings, IMetricFactory factory, TimeProvider time, ILogger<RefreshWatchdog> logger)
    : BackgroundService
{
    private const int Intervals = 3;

    private static readonly TimeSpan interval = TimeSpan.FromSeconds(5);

    /// <summary>What one refresh may take by its own limits.</summary>
    private static readonly TimeSpan allowance = TimeSpan.FromSeconds(30);

    private readonly Gauge overdue = factory.CreateGauge("issuer_gateway_refresh_overdue",
        "1 while no refresh of the issuer has ended for three intervals, else 0.", ["issuer"]);

    private readonly HashSet<Publisher> reported = [];

    /// <summary>The finding for one issuer; null while its refreshes end.</summary>
    public Finding? FindingOf(Publisher publisher)
    {
        TimeSpan since = refresh.SinceRefresh(publisher);
        return since < (RefreshSchedule.Longest(settings, publisher.State.Failures) * Intervals) + allowance
            ? null
            : Finding.Error("refresh-stuck",
                $"issuer \"{publisher.Issuer.Identifier}\": no refresh has ended for {DurationText.Show(TimeSpan.FromSeconds(Math.Floor(since.TotalSeconds)))}",
                "a file, mount or connection that a refresh needs does not respond: check those of Upstream and StateDirectory, then restart the gateway");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (Publisher publisher in publishers)
            {
                Observe(publisher, FindingOf(publisher));
            }

            await Task.Delay(interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Observe(Publisher publisher, Finding? finding)
    {
        overdue.WithLabels(publisher.Issuer.Identifier.Value).Set(finding is null ? 0 : 1);
        if (finding is not null && reported.Add(publisher))
        {
            logger.LogError("Finding {Rule} of issuer {Issuer}: {Message}; hint: {Hint}; more: {Link}", finding.Rule, publisher.Issuer.Identifier.Value, finding.Message, finding.Hint, finding.Link);
        }
        else if (finding is null && reported.Remove(publisher))
        {
            logger.LogInformation("Refreshes of issuer {Issuer} end again", publisher.Issuer.Identifier.Value);
        }
    }
}
