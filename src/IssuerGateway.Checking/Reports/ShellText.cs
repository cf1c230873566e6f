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

    /// <summary>The words of a command; spaces in single quotes do not part them.</summary>
    internal static IEnumerable<string> Words(string command)
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
            else if (command[i] == ' ' && !isQuoted)
            {
                yield return command[start..i];
                start = i + 1;
            }
        }

        yield return command[start..];
    }
}
