using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.Pages;

/// <summary>What the pages show is loaded as a reader would load it, what they link to exists, and their text is clean.</summary>
public sealed class PageTests
{
    public static TheoryData<string> PagesWithScripts => [.. PageBlock.Pages.Where(page => PageBlock.Of(page).Any(block => block.Language == "sh"))];

    public static TheoryData<string> PagesWithData => [.. PageBlock.Pages.Where(page => PageBlock.Of(page).Any(block => block.Language is "yaml" or "json"))];

    [Fact]
    public void Every_link_and_anchor_leads_somewhere_and_every_diagram_is_one()
    {
        Command check = Command.Run("node", "tests/tools/pages.mjs");

        Assert.True(check.ExitCode == 0, check.Transcript);
    }

    [Fact]
    public void The_Markdown_is_clean()
    {
        Command lint = Command.Run(Npm("markdownlint-cli2"), "--config", "tests/tools/.markdownlint-cli2.jsonc");

        Assert.True(lint.ExitCode == 0, lint.Transcript);
    }

    [Fact]
    public void The_words_are_English_or_of_the_field()
    {
        Command spelling = Command.Run(Npm("cspell"), "lint", "--root", ".", "--no-progress", "--config", "tests/tools/cspell.json");

        Assert.True(spelling.ExitCode == 0, spelling.Transcript);
    }

    /// <summary>What tests load, what <see cref="CacheTests"/> runs, and output. A block of another language would be loaded by nobody.</summary>
    private static readonly string[] languages = ["haproxy", "json", "mermaid", "nginx", "sh", "text", "vcl", "yaml"];

    [Fact]
    public void Every_block_has_a_language_that_a_test_knows() => Assert.Empty(PageBlock.Pages.SelectMany(page => UnknownFences(page, File.ReadAllLines(Path.Combine(KitFolder.Root, page)))));

    [Theory]
    [InlineData("```bash\nls\n```", "a.md:1: ```bash")]
    [InlineData("~~~json\n{}\n~~~", "a.md:1: ~~~json")]
    [InlineData("```json title\n{}\n```", "a.md:1: ```json title")]
    [InlineData("  ````yaml\na: 1\n  ````", "a.md:1:   ````yaml")]
    public void A_block_that_nobody_would_load_is_noticed(string page, string fault) => Assert.Equal([fault], UnknownFences("a.md", page.Split('\n')));

    [Theory]
    [MemberData(nameof(PagesWithScripts))]
    public void The_commands_are_clean(string page)
    {
        Command check = ShellCheck(PageBlock.Of(page));

        Assert.True(check.ExitCode == 0, check.Transcript);
    }

    [Theory]
    [MemberData(nameof(PagesWithData))]
    public void The_YAML_and_JSON_is_accepted(string page) =>
        Assert.Empty(PageBlock.Of(page).Where(block => block.Language is "yaml" or "json")
            .Select(block => BlockLoader.Problem(block) is { } problem ? $"{page}:{block.Line}: {problem}" : null).OfType<string>());

    [Theory]
    [InlineData("json", """{ "Issuers": [{ "Identifer": "https://oidc.example.com" }] }""", "Identifer")]
    [InlineData("json", """{ "Issuers": [], "Issuers": [] }""", "Issuers")]
    [InlineData("json", """{ "issuer": "https://oidc.example.com", "isPublished": true, "age": 1 }""", "age")]
    [InlineData("json", """{ "other": 1 }""", "nothing loads this block")]
    [InlineData("yaml", "issuers:\n  - identifer: https://oidc.example.com\n", "identifer")]
    [InlineData("yaml", "image:\n  repository: registry.example.com/issuer-gateway\n", "issuers")]
    [InlineData("yaml", "no: values\n", "no chart has the values no")]
    [InlineData("yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  prots: []\n", "prots")]
    [InlineData("yaml", "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {}\n", "without kind or name")]
    [InlineData("yaml", "a: 1\na: 2\n", "a")]
    public void A_wrong_block_is_noticed(string language, string text, string problem) =>
        Assert.Contains(problem, BlockLoader.Problem(new PageBlock("a.md", 1, language, text)) ?? "", StringComparison.Ordinal);

    [Fact]
    public void A_wrong_command_is_noticed() =>
        Assert.Contains("SC2086", ShellCheck(PageBlock.Read("a.md", ["1. Step:", "", "   ```sh", "   rm $file", "   ```"])).Output, StringComparison.Ordinal);

    [Fact]
    public void A_wrong_link_anchor_or_diagram_is_noticed()
    {
        string folder = Directory.CreateTempSubdirectory("issuer-gateway-pages-").FullName;
        File.WriteAllText(Path.Combine(folder, "b.md"), "# B\n\n## A title, with `code`\n\n## Twice\n\n## Twice\n");
        File.WriteAllText(Path.Combine(folder, "a.md"),
            "# A\n\n[1](b.md#a-title-with-code) [2](b.md#twice-1) [3](b.md#gone) [4](gone.md) [5](http://example.com) [6](#gone) `[7](gone.md)`\n\n```mermaid\nflowchart LR\n a[\"x\" --> b\n```\n");
        Assert.Equal(0, Command.RunIn(folder, "git", "init", "--quiet").ExitCode);

        Command check = Command.Run("node", "tests/tools/pages.mjs", folder);

        Directory.Delete(folder, recursive: true);
        Assert.Equal(1, check.ExitCode);
        Assert.Equal(
            ["a.md:3: b.md#gone: there is no such heading", "a.md:3: gone.md: there is no such file", "a.md:3: http://example.com: not https", "a.md:3: #gone: there is no such heading"],
            check.Output.Split('\n')[..4]);
        Assert.StartsWith("a.md:6: Mermaid: Parse error", check.Output.Split('\n')[4], StringComparison.Ordinal);
        Assert.Equal("2 pages, 5 findings", check.Output.Split('\n')[5]);
    }

    private static IEnumerable<string> UnknownFences(string page, string[] lines)
    {
        string? fence = null;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (fence is not null)
            {
                fence = line == fence ? null : fence;
            }
            else if (line.StartsWith("```", StringComparison.Ordinal) || line.StartsWith("~~~", StringComparison.Ordinal))
            {
                fence = string.Concat(line.TakeWhile(c => c == line[0]));
                if (fence != "```" || !languages.Contains(line[3..]))
                {
                    yield return $"{page}:{i + 1}: {lines[i]}";
                }
            }
        }
    }

    private static Command ShellCheck(IReadOnlyList<PageBlock> blocks)
    {
        string folder = Directory.CreateTempSubdirectory("issuer-gateway-pages-").FullName;
        foreach (PageBlock block in blocks.Where(block => block.Language == "sh"))
        {
            File.WriteAllText(Path.Combine(folder, $"line-{block.Line}.sh"), $"#!/usr/bin/env bash\n{block.Text}");
        }

        Command check = Command.Run("shellcheck", Directory.GetFiles(folder));
        Directory.Delete(folder, recursive: true);
        return check;
    }

    private static string Npm(string program) => Path.Combine(KitFolder.Tools, "node_modules", ".bin", program);
}
