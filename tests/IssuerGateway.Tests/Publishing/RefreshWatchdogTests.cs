using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using Prometheus;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing;

public sealed class RefreshWatchdogTests
{
    private readonly CapturedLog log = new();
    private readonly CollectorRegistry registry = Metrics.NewCustomRegistry();

    [Fact]
    public async Task Reports_a_refresh_that_hangs_once_until_it_ends()
    {
        using PublisherFixture gateway = new();
        gateway.Source.Responses = [Good(RecordedPair())];
        TaskCompletionSource hang = new(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Source.Until = hang.Task;
        using RefreshService service = new([gateway.Publisher], Settings, gateway.Time, log.For<RefreshService>());
        await service.StartingAsync(CancellationToken.None);
        await service.StartAsync(CancellationToken.None);
        using RefreshWatchdog watchdog = new([gateway.Publisher], service, Settings, Metrics.WithCustomRegistry(registry), gateway.Time, log.For<RefreshWatchdog>());
        await watchdog.StartAsync(CancellationToken.None);
        await gateway.Source.WaitForAsync(1);
        Assert.Null(watchdog.FindingOf(gateway.Publisher));

        gateway.Time.Advance(TimeSpan.FromSeconds(129));
        Finding finding = watchdog.FindingOf(gateway.Publisher)!;

        Assert.Equal(("refresh-stuck", Severity.Error, "issuer \"https://issuer.example.test\": no refresh has ended for 2m9s"), (finding.Rule, finding.Severity, finding.Message));
        await RefreshServiceTests.UntilAsync(() => log.Lines.Any(line => line.StartsWith("Error: Finding refresh-stuck of issuer ", StringComparison.Ordinal)));
        Assert.Contains("issuer_gateway_refresh_overdue{issuer=\"https://issuer.example.test\"} 1", await MetricsAsync(), StringComparison.Ordinal);
        gateway.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Single(log.Lines, line => line.Contains("refresh-stuck", StringComparison.Ordinal));

        hang.SetResult();
        await RefreshServiceTests.UntilAsync(() => watchdog.FindingOf(gateway.Publisher) is null);
        await watchdog.StopAsync(CancellationToken.None);
        await service.StopAsync(CancellationToken.None);
    }

    private async Task<string> MetricsAsync()
    {
        using MemoryStream text = new();
        await registry.CollectAndExportAsTextAsync(text);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
