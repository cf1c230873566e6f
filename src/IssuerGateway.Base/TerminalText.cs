using System.Globalization;
using System.Text;

namespace IssuerGateway.Base;

/// <summary>
/// The last stand against text of others on a terminal (CWE-150): control characters, escape sequences, invisible and
/// direction-changing characters become <c>?</c>, so that what looks like a line is a line of this program.
/// </summary>
public static class TerminalText
{
    public static string Line(string text)
    {
        if (text.All(c => c is >= ' ' and <= '~'))
        {
            return text;
        }

        StringBuilder line = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            // An unpaired surrogate arrives as U+FFFD.
            line.Append(IsPrintable(rune) ? rune.ToString() : "?");
        }

        return line.ToString();
    }

    /// <summary>A line whose leading mark has a color.</summary>
    internal static string Colored(string line)
    {
        int start = line.AsSpan().IndexOfAnyExcept(' ');
        int color = start < 0 ? 0 : line[start] switch { '✓' => 32, '!' => 33, '✗' => 31, '–' => 90, _ => 0 };
        return color == 0 ? line : $"{line[..start]}\u001b[{color}m{line[start]}\u001b[0m{line[(start + 1)..]}";
    }

    /// <summary>Not: escape sequences, line breaks of any kind, and what reorders or hides text (bidirectional controls, zero-width characters).</summary>
    public static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
