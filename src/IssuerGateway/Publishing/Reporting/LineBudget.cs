namespace IssuerGateway.Publishing.Reporting;

/// <summary>
/// How many lines of each kind are logged within an hour: what an API server sends at each refresh must not fill the log, and
/// a flood of one kind, or of one server, must not hide another.
/// </summary>
internal sealed class LineBudget(TimeProvider time)
{
    /// <summary>Lines of one kind within an hour.</summary>
    public const int PerHour = 20;

    /// <summary>Kinds that are counted apart; names of servers are part of them, and a list of servers can be forged.</summary>
    private const int MaxKinds = 200;

    private const string Others = "further kinds";

    private static readonly TimeSpan period = TimeSpan.FromHours(1);

    private readonly Dictionary<string, (long Start, int Lines)> taken = new(StringComparer.Ordinal);

    /// <summary>Whether a line of this kind is logged.</summary>
    /// <param name="isFirstLeftOut">Whether it is the first one that is not.</param>
    public bool TryTake(string kind, out bool isFirstLeftOut)
    {
        kind = taken.Count < MaxKinds || taken.ContainsKey(kind) ? kind : Others;
        (long start, int lines) = taken.TryGetValue(kind, out (long Start, int Lines) known) ? known : (time.GetTimestamp(), 0);
        taken[kind] = (start, lines + 1);
        isFirstLeftOut = lines == PerHour;
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
