using System.Text;
using IssuerGateway.Edge;
using IssuerGateway.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Prometheus;
using Serilog.Events;

namespace IssuerGateway.Tests.Operations;

public sealed class QueuedLogSinkTests : IDisposable
{
    private readonly StuckStream stream = new();
    private readonly CollectorRegistry registry = Metrics.NewCustomRegistry();

    public void Dispose() => stream.Dispose();

    [Fact]
    public void A_reader_that_stops_stops_no_logger_and_no_shutdown()
    {
        ServiceProvider services = Services();
        ILogger<QueuedLogSinkTests> logger = services.GetRequiredService<ILogger<QueuedLogSinkTests>>();
        ILogger<AccessLog> access = services.GetRequiredService<ILogger<AccessLog>>();
        for (int i = 0; i < 20_000; i++)
        {
            access.LogInformation("Request {Number}", i);
        }

        logger.LogError("Something happened");
        Assert.True(Dropped("access") > 0);
        Assert.Equal(0, Dropped("log"));

        stream.Read();
        services.Dispose();
        Assert.Contains("\"@m\":\"Something happened\"", stream.Text, StringComparison.Ordinal);
        Assert.Contains(" lines of the \\\"access\\\" queue because standard output did not take them in time\"", stream.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void No_value_makes_a_line_long()
    {
        stream.Read();
        using (ServiceProvider services = Services())
        {
            services.GetRequiredService<ILogger<QueuedLogSinkTests>>().LogWarning("Key {KeyId} of {Server}", new string('k', 240_000), "server");
        }

        Assert.InRange(stream.Text.Length, 2 * QueuedLogSink.MaxTextLength, 3 * QueuedLogSink.MaxTextLength);
        Assert.Contains("… (240000 characters)", stream.Text, StringComparison.Ordinal);
        Assert.Contains("\"Server\":\"server\"", stream.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Times_are_ISO_8601()
    {
        stream.Read();
        using (ServiceProvider services = Services())
        {
            services.GetRequiredService<ILogger<QueuedLogSinkTests>>().LogWarning("last confirmed {At}", new DateTimeOffset(2026, 11, 28, 19, 6, 8, TimeSpan.FromHours(1)));
        }

        Assert.Contains("\"@m\":\"last confirmed \\\"2026-11-28T18:06:08Z\\\"\"", stream.Text, StringComparison.Ordinal);
    }

    private ServiceProvider Services() => new ServiceCollection()
        .AddLogging()
        .AddSingleton(TimeProvider.System)
        .AddSingleton<IMetricFactory>(Metrics.WithCustomRegistry(registry))
        .AddQueuedLog(LogEventLevel.Information, stream, isText: false, typeof(AccessLog).FullName!)
        .BuildServiceProvider();

    private double Dropped(string queue)
    {
        using MemoryStream text = new();
        registry.CollectAndExportAsTextAsync(text).GetAwaiter().GetResult();
        string line = Encoding.UTF8.GetString(text.ToArray()).Split('\n').First(each => each.StartsWith($"issuer_gateway_log_lines_dropped_total{{queue=\"{queue}\"", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
