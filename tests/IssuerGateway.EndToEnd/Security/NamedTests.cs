using System.Text.RegularExpressions;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.Security;

/// <summary>
/// What of a Markdown text names no test: (1) each cell of a column "shown by" names at least one, (2) each word in code of
/// such a cell that begins like a class, a method or a room is a test, (3) so is each …Tests anywhere, and (4) each pattern
/// that a command gives to -class matches one. <c>…</c> stands for the rest of a name, <c>*</c> for any part of it.
/// </summary>
internal static partial class NamedTests
{
    private static readonly Dictionary<string, string[]> known = Read();

    public static IReadOnlyList<string> MissingIn(string markdown) =>
        [.. CellsShownBy(markdown).SelectMany(MissingInCell).Concat(Elsewhere(markdown).Where(name => !Exists(name))).Distinct()];

    private static IEnumerable<string> MissingInCell(string cell)
    {
        string[] names = [.. Code().Matches(cell).Select(match => match.Groups[1].Value).Where(word => Name().IsMatch(word))];
        if (names.Length == 0)
        {
            yield return $"no test in \"{cell}\"";
        }

        string? last = null;
        foreach (string name in names)
        {
            // A method alone is one of the class that was named before it.
            string full = last is not null && name.Contains('_') && !name.Contains('.') ? $"{last}.{name}" : name;
            last = full.Split('.', '/').FirstOrDefault(part => !part.Contains('_') && Matching(part).Any()) ?? last;
            if (!Exists(full))
            {
                yield return full;
            }
        }
    }

    private static IEnumerable<string> CellsShownBy(string markdown)
    {
        int column = -1;
        foreach (string line in markdown.Split('\n'))
        {
            string[] cells = line.StartsWith('|') ? [.. line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries)] : [];
            if (cells.Length == 0)
            {
                column = -1;
            }
            else if (column < 0)
            {
                column = Array.IndexOf(cells, "shown by") is >= 0 and var at ? at : int.MaxValue;
            }
            else if (column < cells.Length && !cells[0].StartsWith("---", StringComparison.Ordinal))
            {
                yield return cells[column];
            }
        }
    }

    private static IEnumerable<string> Elsewhere(string markdown) =>
    [
        .. Code().Matches(markdown).Select(match => match.Groups[1].Value).Where(word => Name().IsMatch(word) && word.Contains("Tests", StringComparison.Ordinal)),
        .. Pattern().Matches(markdown).Select(match => match.Groups[1].Value),
    ];

    // Room/Class, Room.Class or Class, each with .Method or without.
    private static bool Exists(string name)
    {
        string[] parts = name.Split('.', '/');
        int at = Array.FindIndex(parts, part => part.Contains('_'));
        string? method = at < 0 ? null : string.Join('.', parts[at..]);
        string type = string.Join('.', at < 0 ? parts : parts[..at]);
        return Matching(type).Any(full => method is null || known[full].Any(each => Like(each, method)));
    }

    private static IEnumerable<string> Matching(string type) => known.Keys.Where(full => Like(full, type) || Like(full, $"*.{type}"));

    private static bool Like(string text, string pattern) =>
        Regex.IsMatch(text, $"\\A{Regex.Escape(pattern.Replace('…', '*')).Replace("\\*", ".*", StringComparison.Ordinal)}\\z");

    /// <summary>The methods that xunit runs, by the full name of their class: of both test programs, as their sources say.</summary>
    private static Dictionary<string, string[]> Read() => Directory.EnumerateFiles(Path.Combine(KitFolder.Root, "tests"), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
        .Select(File.ReadAllText)
        .Where(text => Type().IsMatch(text) && (Test().IsMatch(text) || text.Contains("[assembly: AssemblyFixture(", StringComparison.Ordinal)))
        .ToDictionary(text => $"{Space().Match(text).Groups[1].Value}.{Type().Match(text).Groups[1].Value}", text => Test().Matches(text).Select(match => match.Groups[1].Value).ToArray(), StringComparer.Ordinal);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\A[A-Z]\w*(?:[./][\w*]+)*…?\z")]
    private static partial Regex Name();

    [GeneratedRegex("-class '([^']+)'")]
    private static partial Regex Pattern();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Space();

    [GeneratedRegex(@"^public (?:\w+ )*class (\w+)", RegexOptions.Multiline)]
    private static partial Regex Type();

    // A test that is skipped shows nothing.
    [GeneratedRegex(@"\[(?:Fact|Theory)\][\s\S]*?\b(?:public|internal) (?:static )?(?:async )?(?:Task|void) (\w+)\(")]
    private static partial Regex Test();
}
