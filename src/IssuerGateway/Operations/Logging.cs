using Microsoft.Extensions.DependencyInjection;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace IssuerGateway.Operations;

/// <summary>Compact JSON on standard output, one event a line (CLEF); the level of the framework's own lines is kept at warnings.</summary>
internal static class Logging
{
    public static IServiceCollection AddCompactJsonLog(this IServiceCollection services, LogEventLevel level) =>
        services.AddSerilog((_, logger) => logger
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", Later(level, LogEventLevel.Warning))
            .MinimumLevel.Override("System", Later(level, LogEventLevel.Warning))
            .MinimumLevel.Override("Yarp", Later(level, LogEventLevel.Warning))
            .WriteTo.Console(new CompactJsonFormatter()));

    private static LogEventLevel Later(LogEventLevel a, LogEventLevel b) => a > b ? a : b;
}
