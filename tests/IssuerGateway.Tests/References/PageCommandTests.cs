using System.CommandLine;
using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Cli;
using IssuerGateway.Ctl;

namespace IssuerGateway.Tests.References;

/// <summary>Each command of issuer-gateway and issuerctl that a page shows is one that the program understands.</summary>
public sealed partial class PageCommandTests
{
    private static readonly Dictionary<string, Command> programs = new(StringComparer.Ordinal)
    {
        ["issuer-gateway"] = GatewayCommand.Root(new Terminal(TextWriter.Null, TextWriter.Null)),
        ["issuerctl"] = CtlCommand.Root(new ProgramEnvironment { Terminal = new Terminal(TextWriter.Null, TextWriter.Null) }),
    };

    public static TheoryData<string> Pages =>
    [
        .. ((string[])["README.md", "SECURITY.md", "SUPPORT.md", "CONTRIBUTING.md"]).Concat(((string[])["docs", "manifests", "charts"])
            .SelectMany(folder => Directory.GetFiles(Repository.File(folder), "*.md", SearchOption.AllDirectories)).Select(file => Path.GetRelativePath(Repository.File("."), file))),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task The_program_understands_it(string page) => Assert.Empty(Faults(await File.ReadAllTextAsync(Repository.File(page))));

    [Theory]
    [InlineData("```sh\nissuerctl cluster inspec\n```\n", "issuerctl cluster inspec: no command inspec")]
    [InlineData("```text\n$ issuerctl cluster plan \\\n    --isuer https://a | head\n```\n", "issuerctl cluster plan --isuer https://a: no option --isuer")]
    [InlineData("```sh\nissuerctl cluster plan > plan.md\n```\n", "issuerctl cluster plan: Option '--issuer' is required.")]
    [InlineData("Run `issuer-gateway keys --jsn`.", "issuer-gateway keys --jsn: no option --jsn")]
    [InlineData("Run `issuerctl trust plan|aply PARTY --tenant ID`.", "issuerctl trust plan|aply PARTY --tenant ID: no command aply")]
    [InlineData("Run `issuerctl trust render PARTY --formt configmap`.", "issuerctl trust render PARTY --formt configmap: no option --formt")]
    public void A_wrong_command_is_noticed(string page, string fault) => Assert.Equal([fault], Faults(page));

    [Theory]
    [InlineData("```sh\nkubectl exec pod -- issuer-gateway renew oidc.example.com; echo $?\n```\n")]
    [InlineData("Run `issuerctl trust apply entra-app …` or `issuerctl trust apply|remove vault`, `issuer-gateway.service`, `issuerctl:0.1.0`.")]
    public void A_right_command_is_not(string page) => Assert.Empty(Faults(page));

    private static string[] Faults(string page)
    {
        string text = Continued().Replace(page, " ");
        return
        [
            .. Block().Matches(text).SelectMany(block => Line().Matches(block.Groups["text"].Value)).SelectMany(line => Fault(line.Groups["command"].Value, isWhole: !line.Value.Contains('…'))),
            .. Inline().Matches(Block().Replace(text, "").Replace("\\|", "|", StringComparison.Ordinal)).SelectMany(code => Fault(code.Groups["command"].Value, isWhole: false)),
        ];
    }

    private static IEnumerable<string> Fault(string command, bool isWhole)
    {
        string[] words = [.. Word().Matches(End().Split(command)[0]).Select(word => word.Value.Trim('\'', '"')).Where(word => word != "…")];
        string shown = string.Join(' ', words);
        Command[] reached = [programs[words[0]]];
        int next = 1;
        for (; next < words.Length && reached[0].Subcommands.Count > 0 && !words[next].StartsWith('-'); next++)
        {
            // VERB and PARTY stand for each of them.
            string[] names = words[next].All(char.IsAsciiLetterUpper) ? [.. reached.SelectMany(each => each.Subcommands).Select(each => each.Name)] : words[next].Split('|');
            if (names.FirstOrDefault(name => !reached.Any(each => each.Subcommands.Any(sub => sub.Name == name))) is { } unknown)
            {
                yield return $"{shown}: no command {unknown}";
                yield break;
            }

            reached = [.. reached.SelectMany(each => each.Subcommands).Where(sub => names.Contains(sub.Name))];
        }

        // The options of a command whose verb or party is left out are those of all of them.
        HashSet<string> options = [.. reached.SelectMany(Leaves).SelectMany(each => each.Options).Concat(programs[words[0]].Options).SelectMany(option => option.Aliases.Append(option.Name))];
        string[] unknownOptions = [.. words[next..].Where(word => OptionName().IsMatch(word)).Select(word => word.Split('=')[0]).Where(word => !options.Contains(word))];
        foreach (string unknown in unknownOptions)
        {
            yield return $"{shown}: no option {unknown}";
        }

        if (isWhole && unknownOptions.Length == 0 && reached is [{ Subcommands.Count: 0 }])
        {
            foreach (System.CommandLine.Parsing.ParseError error in programs[words[0]].Parse(words[1..], new ParserConfiguration { ResponseFileTokenReplacer = null }).Errors)
            {
                yield return $"{shown}: {error.Message}";
            }
        }
    }

    private static IEnumerable<Command> Leaves(Command command) => command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);

    [GeneratedRegex(@" *\\\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex(@"^ *```(?:sh|text)\n(?<text>.*?)^ *```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^ *(?:\$ )?(?:kubectl exec .*? -- )?(?<command>(?:issuer-gateway|issuerctl) .*)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"`(?:kubectl exec [^`]*? -- )?(?<command>(?:issuer-gateway|issuerctl) [^`\n]*)`")]
    private static partial Regex Inline();

    /// <summary>Where the shell goes on.</summary>
    [GeneratedRegex(@"\s(?:\||>|&&?|#)\s|\s[|>&]|;|\)")]
    private static partial Regex End();

    [GeneratedRegex("'[^']*'|\"[^\"]*\"|\\S+")]
    private static partial Regex Word();

    [GeneratedRegex("^--?[a-z][a-z-]*(?:=.*)?$")]
    private static partial Regex OptionName();
}
