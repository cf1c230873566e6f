using IssuerGateway.Operations;
using IssuerGateway.Tests.Tls;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Operations;

public sealed class GuardedServiceTests
{
    private readonly FakeTimeProvider time = new();
    private readonly CapturedLog log = new();

    [Fact]
    public async Task A_service_that_throws_is_logged_and_runs_again_and_the_host_continues()
    {
        FailingService service = new(failures: 2);
        using IHost host = HostOf(service);
        await host.StartAsync(TestContext.Current.CancellationToken);
        for (int start = 1; start <= 2; start++)
        {
            int lines = start + 1;
            await Eventually.TrueAsync(() => log.Lines.Count == lines);
            time.Advance(GuardedService.RestartDelay);
        }

        await Eventually.TrueAsync(() => service.Starts == 3);
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(service.HasStopped);
        Assert.Equal(
            [
                "Error: FailingService failed with an unexpected exception; the gateway continues",
                "Error: FailingService failed with an unexpected exception and restarts in 5 s",
                "Error: FailingService failed with an unexpected exception and restarts in 5 s",
            ],
            log.Lines);
    }

    [Fact]
    public async Task Shutdown_does_not_wait_for_the_next_start()
    {
        FailingService service = new(failures: int.MaxValue);
        using IHost host = HostOf(service);
        await host.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => log.Lines.Count == 2);

        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, service.Starts);
    }

    [Fact]
    public async Task A_service_that_a_failed_start_disposes_without_a_stop_has_not_failed()
    {
        FailingService service = new(failures: 0);
        GuardedService guarded = new(service, time, log.For<GuardedService>());
        await guarded.StartAsync(TestContext.Current.CancellationToken);

        guarded.Dispose();
        service.Dispose();

        await Task.WhenAny(service.ExecuteTask!);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public void Every_background_service_of_the_gateway_is_guarded_and_whoever_opens_a_port_is_not()
    {
        ServiceCollection services = [];
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton<ILogger<GuardedService>>(log.For<GuardedService>());
        services.AddHostedService<FailingService>(_ => new FailingService(0));
        services.AddSingleton<IHostedService, Listener>();
        services.GuardBackgroundServices();
        using ServiceProvider provider = services.BuildServiceProvider();

        Assert.Equal([typeof(GuardedService), typeof(Listener)], provider.GetServices<IHostedService>().Select(service => service.GetType()));
    }

    private IHost HostOf(FailingService service)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<ILogger<GuardedService>>(log.For<GuardedService>());
        builder.Services.AddSingleton<IHostedService>(service);
        builder.Services.GuardBackgroundServices();
        return builder.Build();
    }

    private sealed class FailingService(int failures) : BackgroundService, IHostedLifecycleService
    {
        private int starts;

        public int Starts => Volatile.Read(ref starts);

        public bool HasStopped { get; private set; }

        public Task StartingAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("a bug before the start");

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            if (Interlocked.Increment(ref starts) <= failures)
            {
                throw new InvalidOperationException("a bug");
            }

            await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            HasStopped = true;
        }
    }

    private sealed class Listener : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
