using IssuerGateway.Base;

namespace IssuerGateway.Checking.Reports;

/// <summary>Foreign text as one word of a shell command that a person may copy: nothing in it is ever expanded or run.</summary>
public static class ShellText
{
    /// <summary>The word as it is when no shell reads anything into it, else in single quotes (POSIX.1 XCU §2.2.2).</summary>
    public static string Quote(string text)
    {
        string safe = ShownText.Of(text);
        return safe.Length > 0 && safe.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:@%+=,".Contains(c, StringComparison.Ordinal))
            ? safe
            : $"'{safe.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

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
