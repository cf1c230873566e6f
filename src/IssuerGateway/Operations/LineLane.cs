using System.Diagnostics.CodeAnalysis;

namespace IssuerGateway.Operations;

/// <summary>One kind of line in a <see cref="LineQueue"/>, which guards it: what it may hold is its own, so that no other kind pushes it out.</summary>
/// <param name="maxCharacters">The most text that waits here; two bytes a character.</param>
/// <param name="dropped">Called for each drop, with the number of lines.</param>
/// <param name="notice">The line that reports a number of dropped lines.</param>
internal sealed class LineLane(int maxCharacters, Action<int> dropped, Func<long, string> notice)
{
    private readonly Queue<string> lines = new();
    private int characters;
    private long unreported;
    private long? reportedAt;

    public bool IsEmpty => lines.Count == 0;

    public bool TryEnqueue(string line)
    {
        if (characters + line.Length > maxCharacters)
        {
            return false;
        }

        lines.Enqueue(line);
        characters += line.Length;
        return true;
    }

    public bool TryDequeue([NotNullWhen(true)] out string? line)
    {
        if (!lines.TryDequeue(out line))
        {
            return false;
        }

        characters -= line.Length;
        return true;
    }

    public void Drop(int count)
    {
        unreported += count;
        dropped(count);
    }

    /// <summary>What reports the lines that were dropped since the last notice; empty when there is nothing to report yet.</summary>
    public string TakeNotice(TimeProvider time, TimeSpan interval)
    {
        if (unreported == 0 || (reportedAt is { } at && time.GetElapsedTime(at) < interval))
        {
            return "";
        }

        string text = notice(unreported);
        unreported = 0;
        reportedAt = time.GetTimestamp();
        return text;
    }
}
