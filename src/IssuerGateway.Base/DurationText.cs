using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace IssuerGateway.Base;

/// <summary>Durations as operators of Kubernetes write them: <c>30s</c>, <c>5m</c>, <c>1h30m</c>, <c>7d</c>, largest unit first.</summary>
public static partial class DurationText
{
    private static readonly (string Unit, TimeSpan Size)[] units =
    [
        ("d", TimeSpan.FromDays(1)),
        ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("ms", TimeSpan.FromMilliseconds(1)),
    ];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        decimal ticks = 0;
        ReadOnlySpan<char> rest = text;
        int next = 0;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 9)
            {
                return false;
            }

            int unitEnd = rest[digits..].IndexOfAnyInRange('0', '9');
            ReadOnlySpan<char> unit = unitEnd < 0 ? rest[digits..] : rest.Slice(digits, unitEnd);
            int index = IndexOf(unit);
            if (index < next)
            {
                return false;
            }

            ticks += (decimal)units[index].Size.Ticks * int.Parse(rest[..digits], CultureInfo.InvariantCulture);
            next = index + 1;
            rest = unitEnd < 0 ? [] : rest[(digits + unitEnd)..];
        }

        // Nine digits of days are more than a TimeSpan holds.
        duration = ticks <= TimeSpan.MaxValue.Ticks ? TimeSpan.FromTicks((long)ticks) : TimeSpan.Zero;
        return next > 0 && ticks <= TimeSpan.MaxValue.Ticks;
    }

    public static string Show(TimeSpan duration)
    {
        StringBuilder text = new();
        foreach ((string unit, TimeSpan size) in units)
        {
            long count = duration.Ticks / size.Ticks;
            if (count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
                duration -= size * count;
            }
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    /// <summary>What the writer of a text in another notation meant, such as <c>7d</c> for <c>1 week</c>; null when that cannot be determined.</summary>
    public static string? Suggest(string text)
    {
        string joined = text.Replace(" ", "", StringComparison.Ordinal);
        if (TryParse(joined, out _))
        {
            return joined;
        }

        Match match = OtherNotation().Match(text.Trim());
        if (!match.Success)
        {
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan clock) && clock > TimeSpan.Zero && text.Contains(':', StringComparison.Ordinal) ? Show(clock) : null;
        }

        double count = double.Parse(match.Groups[1].Value.Replace(',', '.'), CultureInfo.InvariantCulture);
        double seconds = match.Groups[2].Value.ToLowerInvariant() switch
        {
            "" or "s" or "sec" or "secs" or "second" or "seconds" => 1,
            "m" or "min" or "mins" or "minute" or "minutes" => 60,
            "h" or "hr" or "hrs" or "hour" or "hours" => 3600,
            "d" or "day" or "days" => 86_400,
            "w" or "week" or "weeks" => 7 * 86_400,
            _ => 0,
        };
        return count * seconds is > 0 and < 1e9 and var total ? Show(TimeSpan.FromSeconds(Math.Round(total))) : null;
    }

    [GeneratedRegex(@"^(\d{1,9}(?:[.,]\d{1,3})?)\s*([A-Za-z]*)$")]
    private static partial Regex OtherNotation();

    private static int IndexOf(ReadOnlySpan<char> unit)
    {
        for (int i = 0; i < units.Length; i++)
        {
            if (unit.SequenceEqual(units[i].Unit))
            {
                return i;
            }
        }

        return -1;
    }
}
