namespace IssuerGateway.Tests.References;

/// <summary>The changelog names each change once, below a heading that a reader looks for.</summary>
public sealed class ChangelogTests
{
    [Fact]
    public async Task Each_change_is_in_one_group_and_named_once() => Assert.Empty(Faults(await File.ReadAllLinesAsync(Repository.File("CHANGELOG.md"))));

    [Fact]
    public async Task A_change_is_short_enough_to_read() => Assert.DoesNotContain(await File.ReadAllLinesAsync(Repository.File("CHANGELOG.md")), line => line.Length > 500);

    [Fact]
    public void A_line_without_a_group_and_a_repeated_line_are_found() => Assert.Equal(
        ["4: no group", "8: repeats line 7"],
        Faults(["# Changelog", "### Fixed", "", "- A change without a group.", "", "#### Gateway", "- A change that is described with the same first words, and an end.", "- A change that is described with the same first words, and another end."]));

    private static IEnumerable<string> Faults(string[] lines)
    {
        bool hasGroup = false;
        Dictionary<string, int> known = [];
        for (int i = 0; i < lines.Length; i++)
        {
            hasGroup = lines[i].StartsWith("#### ", StringComparison.Ordinal) || (hasGroup && !lines[i].StartsWith("### ", StringComparison.Ordinal));
            if (!lines[i].StartsWith("- ", StringComparison.Ordinal))
            {
                continue;
            }

            if (!hasGroup)
            {
                yield return $"{i + 1}: no group";
            }

            string beginning = lines[i][..Math.Min(lines[i].Length, 50)];
            if (!known.TryAdd(beginning, i + 1))
            {
                yield return $"{i + 1}: repeats line {known[beginning]}";
            }
        }
    }
}
