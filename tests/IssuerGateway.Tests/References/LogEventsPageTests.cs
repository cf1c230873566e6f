using System.Text.RegularExpressions;

namespace IssuerGateway.Tests.References;

/// <summary>The table of log lines is made from the calls that write them.</summary>
public sealed partial class LogEventsPageTests
{
    private const string Page = "docs/reference/log-events.md";

    [Fact]
    public Task The_table_is_current() => GeneratedPart.IsCurrentAsync(Page, page => GeneratedPart.Replace(page, "log events",
    [
        "| Part | Level | Text |",
        "|---|---|---|",
        .. Sources().SelectMany(source => Written(source.Text).Select(line => $"| {source.Part} | {line.Level} | `{line.Text}` |")).Distinct().Order(StringComparer.Ordinal),
    ]));

    [Fact]
    public void Every_call_that_writes_a_line_is_read() => Assert.All(Sources(), source => Assert.Equal(Call().Count(source.Text), Written(source.Text).Count()));

    private static IEnumerable<(string Part, string Text)> Sources() =>
        from project in (string[])["IssuerGateway", "IssuerGateway.Kubernetes"]
        let root = Repository.File($"src/{project}")
        from file in Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(root, file).Replace('\\', '/')
        where !relative.StartsWith("bin/", StringComparison.Ordinal) && !relative.StartsWith("obj/", StringComparison.Ordinal)
        select (project == "IssuerGateway" ? relative.Split('/')[0] : "Kubernetes", File.ReadAllText(file));

    private static IEnumerable<(string Level, string Text)> Written(string source) => Line().Matches(source).Select(match => (
        match.Groups["level"].Value is { Length: > 0 } level ? level.ToLowerInvariant() : "error or warning",
        string.Concat(Quoted().Matches(match.Groups["text"].Value).Select(part => Regex.Unescape(part.Groups[1].Value)))));

    // What hands lines on has none of its own.
    [GeneratedRegex(@"\blogger\.Log(?:Debug|Information|Warning|Error)?\(|CreateLogger<\w+>\(\)\.Log\w+\(")]
    private static partial Regex Call();

    [GeneratedRegex("""(?:\blogger|CreateLogger<\w+>\(\))\.Log(?<level>Debug|Information|Warning|Error)?\([^";]*?(?<text>"(?:[^"\\]|\\.)*"(?:\s*\+\s*"(?:[^"\\]|\\.)*")*)""")]
    private static partial Regex Line();

    [GeneratedRegex("\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Quoted();
}
