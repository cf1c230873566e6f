using System.Globalization;

namespace IssuerGateway.Cli.Page;

/// <summary>Times as a person at a glance reads them.</summary>
internal static class TimeText
{
    private static readonly (string Unit, TimeSpan Size)[] units =
        [("days", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)), ("min", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1))];

    public static string Utc(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>In one unit, the largest of which there are at least two: <c>90 s</c>, <c>36 h</c>, <c>2 days</c>. A clock that was set back makes it 0.</summary>
    public static string Span(TimeSpan span)
    {
        (string unit, TimeSpan size) = units.FirstOrDefault(each => span >= each.Size * 2, units[^1]);
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, Math.Floor(span / size)):0} {unit}");
    }

    public static string Ago(DateTimeOffset time, DateTimeOffset now) => $"{Span(now - time)} ago";
}
