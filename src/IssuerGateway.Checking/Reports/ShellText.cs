using System.Globalization;
using System.Text;
using IssuerGateway.Base;

namespace IssuerGateway.Checking.Reports;

/// <summary>
/// Foreign text as one word of a shell command that a person may copy: nothing in it is ever expanded or run, and the word
/// is exactly the text. What a command cannot have is left out, and a word in capitals is in its place.
/// </summary>
public static class ShellText
{
    /// <summary>As long as a path may be on Linux (PATH_MAX).</summary>
    public const int MaxLength = 4096;

    /// <summary>The word as it is when no shell reads anything into it, else in single quotes (POSIX.1 XCU §2.2.2).</summary>
    public static string Quote(string text)
    {
        if (text.Length > MaxLength)
        {
            return "VALUE-TOO-LONG-TO-SHOW";
        }

        // A zero byte ends an argument, and half a surrogate pair has no bytes.
        if (text.Contains('\0') || string.Concat<Rune>(text.EnumerateRunes()) != text)
        {
            return "VALUE-THAT-NO-COMMAND-CAN-HAVE";
        }

        // zsh reads a program into a word that starts with =.
        return text.Length > 0 && text[0] != '=' && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:@%+=,".Contains(c, StringComparison.Ordinal)) ? text : Quoted(text);
    }

    /// <summary>The name of a file, which must not be read as an option.</summary>
    public static string File(string path) => Quote(path.StartsWith('-') ? $"./{path}" : path);

    // What a terminal does not show is written as its bytes: $'...' of bash, zsh and ksh (POSIX.1-2024 XCU §2.2.4).
    private static string Quoted(string text)
    {
        StringBuilder word = new();
        bool? isShown = null;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsShown(rune) != isShown)
            {
                word.Append(isShown is null ? "" : "'").Append(IsShown(rune) ? "'" : "$'");
                isShown = IsShown(rune);
            }

            word.Append(isShown == false ? Escaped(rune) : rune.Value == '\'' ? "'\\''" : rune.ToString());
        }

        return isShown is null ? "''" : word.Append('\'').ToString();
    }

    private static string Escaped(Rune rune)
    {
        Span<byte> bytes = stackalloc byte[4];
        return string.Concat(bytes[..rune.EncodeToUtf8(bytes)].ToArray().Select(each => $"\\{Convert.ToString(each, 8).PadLeft(3, '0')}"));
    }

    // Other white space than the space is copied from a terminal as a space.
    private static bool IsShown(Rune rune) => TerminalText.IsPrintable(rune) && (rune.Value == ' ' || Rune.GetUnicodeCategory(rune) != UnicodeCategory.SpaceSeparator);

    /// <summary>Whether the shell gets exactly this text from what <see cref="Quote"/> makes of it and a terminal shows.</summary>
    internal static bool IsExact(string text) =>
        Quote(text) is var quoted && (quoted == text || quoted == $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'") && TerminalText.Line(quoted) == quoted;

    /// <summary>
    /// The parts of a command between which a line may end. Spaces in single quotes part nothing, except between the members
    /// of JSON, where a line break is white space: such a part is open, and its line needs no backslash.
    /// </summary>
    internal static IEnumerable<(string Part, bool IsOpen)> Parts(string command)
    {
        int start = 0;
        bool isQuoted = false;
        for (int i = 0; i < command.Length; i++)
        {
            if (command[i] == '\\' && !isQuoted)
            {
                i++;
            }
            else if (command[i] == '\'')
            {
                isQuoted = !isQuoted;
            }
            else if (command[i] == ' ' && (!isQuoted || IsBetweenMembers(command, i)))
            {
                yield return (command[start..i], isQuoted);
                start = i + 1;
            }
        }

        yield return (command[start..], false);
    }

    // A quotation mark within a value has a backslash before it.
    private static bool IsBetweenMembers(string command, int space) => space > 2 && command[space - 1] == ',' && command[space - 2] == '"' && command[space - 3] != '\\';
}
