using Microsoft.Extensions.DependencyInjection;
using Prometheus;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace IssuerGateway.Operations;

/// <summary>The log, one event a line, through a queue that never waits for its reader; the framework's own lines only from warnings up.</summary>
internal static class Logging
{
    /// <param name="output">Where the lines go; it may block for as long as it likes.</param>
    /// <param name="isText">Lines for a person instead of compact JSON (CLEF).</param>
    /// <param name="accessCategory">The category of access lines, which are queued apart.</param>
    public static IServiceCollection AddQueuedLog(this IServiceCollection services, LogEventLevel level, Stream output, bool isText, string accessCategory) =>
        services.AddSerilog((provider, logger) => logger
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", Later(level, LogEventLevel.Warning))

            // It logs no more than the start and the end of each request, and while anything of it is on, each request makes an
            // Activity and a log scope for it.
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)

            // What clients do to their own connections, up to Fatal and dozens of lines for one of them; nothing for an operator.
            .MinimumLevel.Override("Microsoft.AspNetCore.Server.Kestrel.Http2", LevelAlias.Off)

            // A line for each connection that the private listener rejects above its limit, and none of them an operator's: a
            // neighbor must not fill the log. The public ones count theirs (Edge/Connections/RejectionLog).
            .MinimumLevel.Override("Microsoft.AspNetCore.Server.Kestrel.Connections", Later(level, LogEventLevel.Error))

            // A probe every few seconds is no change of state; what it would say is in the body of /readyz.
            .MinimumLevel.Override("Microsoft.Extensions.Diagnostics.HealthChecks", LogEventLevel.Fatal)
            .MinimumLevel.Override("System", Later(level, LogEventLevel.Warning))
            .MinimumLevel.Override("Yarp", Later(level, LogEventLevel.Warning))

            .Filter.ByExcluding(IsStackOfAFailedStart)
            .WriteTo.Sink(new QueuedLogSink(output, isText ? new TextLogFormatter() : new RenderedCompactJsonFormatter(), accessCategory,
                provider.GetRequiredService<IMetricFactory>(), provider.GetRequiredService<TimeProvider>())));

    // The command line says why the start failed, with a hint (Cli/StartFailure). Its stack explains nothing more, nor do those of
    // the services that had not begun when the host gave up, which it reports as failed because they were cancelled.
    private static bool IsStackOfAFailedStart(LogEvent line) =>
        (line.Level > LogEventLevel.Debug && line.MessageTemplate.Text == "Hosting failed to start")
        || (line.Exception is OperationCanceledException
            && line.Properties.GetValueOrDefault(Serilog.Core.Constants.SourceContextPropertyName) is ScalarValue { Value: "Microsoft.Extensions.Hosting.Internal.Host" });

    private static LogEventLevel Later(LogEventLevel a, LogEventLevel b) => a > b ? a : b;
}
