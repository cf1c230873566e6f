using System.Globalization;

namespace IssuerGateway.Edge.Watchdog;

/// <summary>Which host the watchdog requests, and which supervisor it feeds.</summary>
/// <param name="ServerName">The host for SNI on the first public port; none without TLS.</param>
/// <param name="Notify">Feeds the supervisor's watchdog (sd_notify(3), <c>WATCHDOG=1</c>).</param>
/// <param name="SupervisorTimeout">After so long without being fed it ends the process (<c>WATCHDOG_USEC</c>); none without one.</param>
internal sealed record WatchdogSettings(string? ServerName, Action Notify, TimeSpan? SupervisorTimeout)
{
    /// <summary>Three times within the supervisor's limit, else every ten seconds.</summary>
    public TimeSpan Interval => SupervisorTimeout is { } timeout && timeout / 3 < DefaultInterval ? timeout / 3 : DefaultInterval;

    private static TimeSpan DefaultInterval { get; } = TimeSpan.FromSeconds(10);

    /// <summary>As sd_watchdog_enabled(3) reads the environment: microseconds, for the process of this id alone.</summary>
    public static TimeSpan? TimeoutOf(string? microseconds, string? process, int own) =>
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value is > 0 and < 1L << 50
        && (string.IsNullOrEmpty(process) || process == own.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(value)
            : null;
}
