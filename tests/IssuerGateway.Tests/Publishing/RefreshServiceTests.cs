using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Reporting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing;

public sealed class RefreshServiceTests : IDisposable
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory directory = new();
    private readonly CapturedLog log = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Fetches_at_once_and_then_on_the_schedule()
    {
        using PublisherFixture gateway = new();
        gateway.Source.Responses = [Good(RecordedPair())];
        using RefreshService service = await StartAsync(gateway);

        await gateway.Source.WaitForAsync(1);

        // Not the wait of the look for a suspended machine, which may come first.
        await UntilAsync(() => gateway.Time.Waits.Any(wait => wait > TimeSpan.FromSeconds(20) && wait < TimeSpan.FromHours(1)));
        await AdvanceUntilAsync(gateway, TimeSpan.FromSeconds(1), fetches: 2);

        // 30 s, give or take a tenth.
        Assert.InRange(gateway.Time.GetUtcNow() - DateTimeOffset.Parse("2026-11-24T12:00:00Z"), TimeSpan.FromSeconds(27), TimeSpan.FromSeconds(35));
        await service.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Fetches_at_once_on_request()
    {
        using PublisherFixture gateway = new();
        gateway.Source.Responses = [Good(RecordedPair())];
        using RefreshService service = await StartAsync(gateway);
        await gateway.Source.WaitForAsync(1);

        service.RefreshNow();

        await gateway.Source.WaitForAsync(2);
        await service.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_refresh_that_throws_does_not_end_the_loop()
    {
        using PublisherFixture gateway = new();
        gateway.Source.Fault = new InvalidOperationException("a bug");
        using RefreshService service = await StartAsync(gateway);
        await gateway.Source.WaitForAsync(1);
        gateway.Source.Fault = null;
        gateway.Source.Responses = [Good(RecordedPair())];

        await AdvanceUntilAsync(gateway, TimeSpan.FromSeconds(10), fetches: 2);

        await UntilAsync(() => gateway.Body(DocumentKind.KeySet) is not null);
        Assert.Contains(log.Lines, line => line.StartsWith("Error: Refresh of issuer https://issuer.example.test failed with an unexpected exception", StringComparison.Ordinal));
        await service.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Remembers_how_the_last_refreshes_ended()
    {
        using PublisherFixture gateway = new();
        gateway.Source.Responses = [Good(RecordedPair())];
        using RefreshService service = await StartAsync(gateway);
        await UntilAsync(() => service.LastRefreshes(gateway.Publisher).Count == 1);
        gateway.Source.Responses = [Bad()];
        service.RefreshNow();
        await UntilAsync(() => service.LastRefreshes(gateway.Publisher).Count == 2);

        Assert.Equal([(1, 1), (0, 1)], service.LastRefreshes(gateway.Publisher).Select(refresh => (refresh.Accepted, refresh.Servers)));

        for (int i = 3; i <= RefreshHistory.Kept + 5; i++)
        {
            service.RefreshNow();
            await gateway.Source.WaitForAsync(i);
        }

        await UntilAsync(() => service.LastRefreshes(gateway.Publisher) is { Count: RefreshHistory.Kept } all && all[0].Accepted == 0);
        await service.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Is_ready_after_the_first_good_refresh_or_after_30_seconds_without_one()
    {
        using PublisherFixture gateway = new();
        gateway.Source.Responses = [Bad()];
        using RefreshService service = await StartAsync(gateway);
        await gateway.Source.WaitForAsync(1);
        await UntilAsync(() => gateway.Publisher.State.Failures > 0);
        PublishingHealthCheck check = new(service, [gateway.Publisher], gateway.Published);
        Assert.Equal((HealthStatus.Unhealthy, "issuer \"https://issuer.example.test\" has nothing published yet"), await QueryAsync(check));

        gateway.Time.Advance(RefreshService.ReadyWithout);
        Assert.Equal((HealthStatus.Degraded, "issuer \"https://issuer.example.test\" has nothing published yet"), await QueryAsync(check));

        gateway.Source.Responses = [Good(RecordedPair())];
        service.RefreshNow();
        await UntilAsync(() => gateway.Publisher.State.HasRefreshed);
        Assert.Equal((HealthStatus.Healthy, "ok"), await QueryAsync(check));
        gateway.Source.Responses = [Bad()];

        // Again and again: the service may not have begun to wait for its next refresh yet.
        await UntilAsync(() =>
        {
            gateway.Time.Advance(TimeSpan.FromDays(7));
            return gateway.Publisher.State.Failures > 0;
        });
        Assert.Equal((HealthStatus.Degraded, "issuer \"https://issuer.example.test\" is not published any more: its last good documents are older than MaxStale"), await QueryAsync(check));
        await service.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_token_signed_by_an_unpublished_key_makes_it_fetch_before_its_time()
    {
        await File.WriteAllTextAsync(directory.File("token"), Recorded.Token("token-azure-demo-signed-by-second-key"));
        using PublisherFixture gateway = new(canaryFile: directory.File("token"));
        gateway.Source.Responses = [Good(RecordedPair())];
        using RefreshService service = await StartAsync(gateway);
        await gateway.Source.WaitForAsync(1);
        await UntilAsync(() => gateway.Publisher.CanarySignsUnpublished);
        using CanaryService canary = new([gateway.Publisher], service, gateway.Time);

        await canary.StartAsync(CancellationToken.None);

        // No time has passed at all.
        await gateway.Source.WaitForAsync(2);
        await canary.StopAsync(CancellationToken.None);
        await service.StopAsync(CancellationToken.None);
    }

    private async Task<RefreshService> StartAsync(PublisherFixture gateway)
    {
        RefreshService service = new([gateway.Publisher], PublisherFixture.Settings, gateway.Time, log.For<RefreshService>());
        Assert.False(service.IsLoaded);
        await service.StartingAsync(CancellationToken.None);
        Assert.True(service.IsLoaded);
        await service.StartAsync(CancellationToken.None);
        return service;
    }

    private static async Task<(HealthStatus Status, string? Description)> QueryAsync(PublishingHealthCheck check)
    {
        HealthCheckResult result = await check.CheckHealthAsync(new HealthCheckContext());
        return (result.Status, result.Description);
    }

    private static async Task AdvanceUntilAsync(PublisherFixture gateway, TimeSpan step, int fetches) => await UntilAsync(() =>
    {
        if (gateway.Source.Fetches < fetches)
        {
            gateway.Time.Advance(step);
        }

        return gateway.Source.Fetches >= fetches;
    });

    internal static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource late = new(waitLimit);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), late.Token);
        }
    }
}
