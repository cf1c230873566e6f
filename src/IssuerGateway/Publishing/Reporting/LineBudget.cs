namespace IssuerGateway.Publishing.Reporting;

/// <summary>
/// How many lines of each kind are logged within an hour: what an API server sends at each refresh must not fill the log, and
/// a flood of one kind must not hide another.
/// </summary>
internal sealed class LineBudget(TimeProvider time)
{
    /// <summary>Lines of one kind and issuer within an hour.</summary>
    public const int PerHour = 20;

    private static readonly TimeSpan period = TimeSpan.FromHours(1);

    // As many as there are kinds: rules of findings, and what else is logged of an issuer.
    private readonly Dictionary<string, (long Start, int Lines)> taken = new(StringComparer.Ordinal);

    public bool TryTake(string kind)
    {
        (long start, int lines) = taken.TryGetValue(kind, out (long Start, int Lines) known) ? known : (time.GetTimestamp(), 0);
        taken[kind] = (start, lines + 1);
        return lines < PerHour;
    }

    /// <summary>The kinds whose hour has passed, with the lines that were left out; their hour starts again.</summary>
    public IReadOnlyList<(string Kind, int LeftOut)> Settle()
    {
        (string Kind, int LeftOut)[] past = [.. taken.Where(kind => time.GetElapsedTime(kind.Value.Start) >= period).Select(kind => (kind.Key, kind.Value.Lines - PerHour))];
        foreach ((string kind, _) in past)
        {
            taken.Remove(kind);
        }

        return [.. past.Where(kind => kind.LeftOut > 0)];
    }
}
