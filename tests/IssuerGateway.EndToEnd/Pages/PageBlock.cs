using System.Text.RegularExpressions;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.Pages;

/// <summary>One block of code of a page, without the indentation of the list that it is part of.</summary>
internal sealed partial record PageBlock(string Page, int Line, string Language, string Text)
{
    /// <summary>Every page of the repository, but for what tests record.</summary>
    public static IEnumerable<string> Pages { get; } =
    [
        .. Command.Run("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(page => !page.StartsWith("tests/fixtures/", StringComparison.Ordinal) && File.Exists(Path.Combine(KitFolder.Root, page))),
    ];

    public static IReadOnlyList<PageBlock> Of(string page) => Read(page, File.ReadAllLines(Path.Combine(KitFolder.Root, page)));

    public static IReadOnlyList<PageBlock> Read(string page, IReadOnlyList<string> lines)
    {
        List<PageBlock> blocks = [];
        for (int i = 0; i < lines.Count; i++)
        {
            if (Fence().Match(lines[i]) is not { Success: true } fence)
            {
                continue;
            }

            int indent = fence.Groups[1].Length;
            string[] text = [.. lines.Skip(i + 1).TakeWhile(line => line.Trim() != "```")];
            blocks.Add(new PageBlock(page, i + 2, fence.Groups[2].Value, string.Concat(text.Select(line => (line.Length > indent ? line[indent..] : line.TrimStart()) + "\n"))));
            i += text.Length + 1;
        }

        return blocks;
    }

    [GeneratedRegex("^( *)```([a-z]*)$")]
    private static partial Regex Fence();
}
