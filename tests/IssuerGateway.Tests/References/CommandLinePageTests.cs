using System.CommandLine;
using System.CommandLine.Help;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Cli;
using IssuerGateway.Ctl;

namespace IssuerGateway.Tests.References;

/// <summary>The page of the command line has every command and option of both programs, as their help describes them.</summary>
public sealed class CommandLinePageTests
{
    private static readonly (string Program, Command Root)[] programs =
    [
        ("issuer-gateway", GatewayCommand.Root(new Terminal(TextWriter.Null, TextWriter.Null))),
        ("issuerctl", CtlCommand.Root(new ProgramEnvironment { Terminal = new Terminal(TextWriter.Null, TextWriter.Null) })),
    ];

    [Fact]
    public Task The_page_is_current() => GeneratedPart.IsCurrentAsync("docs/reference/command-line.md", page =>
        programs.Aggregate(page, (text, program) => GeneratedPart.Replace(text, $"commands of {program.Program}", [.. Lines(program.Program, program.Root).SkipWhile(line => line.Length == 0)])));

    [Theory]
    [InlineData("issuer-gateway")]
    [InlineData("issuerctl")]
    public void Every_command_option_and_argument_says_what_it_is(string name)
    {
        Command root = programs.Single(program => program.Program == name).Root;

        Assert.All(All(root), command =>
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), command.Name);
            Assert.All(Shown(command), option => Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{command.Name} {option.Name}"));
            Assert.All(command.Arguments, argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description), $"{command.Name} {argument.Name}"));
        });
    }

    [Fact]
    public void Every_command_has_an_example_and_its_exit_codes() => Assert.All(programs.SelectMany(program => All(program.Root)).Where(command => command.Subcommands.Count == 0), command =>
    {
        string help = command.Description + CommandDetails.Of(command);
        Assert.True(help.Contains("Example: ", StringComparison.Ordinal) && help.Contains("Exit codes: 0 ", StringComparison.Ordinal), command.Name);
    });

    // issuerctl has none.
    [Fact]
    public void The_administrators_program_names_no_configuration() => Assert.All(All(programs[1].Root), command =>
        Assert.All([command.Description, .. command.Options.Select(option => option.Description), .. command.Arguments.Select(argument => argument.Description)],
            text => Assert.DoesNotContain("the configuration.", text, StringComparison.Ordinal)));

    /// <summary>The help appends it to the description.</summary>
    [Theory]
    [InlineData("issuer-gateway")]
    [InlineData("issuerctl")]
    public void No_option_says_its_default_twice(string name) => Assert.All(All(programs.Single(program => program.Program == name).Root), command =>
        Assert.All(command.Options.Where(option => option.HasDefaultValue), option => Assert.DoesNotContain("Default:", option.Description, StringComparison.Ordinal)));

    // Of the leaves only: what is above them groups them.
    private static IEnumerable<string> Lines(string path, Command command)
    {
        if (command.Subcommands.Count > 0)
        {
            return command.Subcommands.SelectMany(sub => Lines($"{path} {sub.Name}", sub));
        }

        string arguments = string.Concat(command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" {argument.Name}"));
        return
        [
            "", $"### {path}", "", $"`{path}{arguments} [OPTIONS]`", "",
            .. (command.Description + (CommandDetails.Of(command) is { } details ? $"\n\n{details}" : "")).Split("\n\n").SelectMany(paragraph => new[] { Paragraph(paragraph), "" }),
            .. Rows(command),
        ];
    }

    private static IEnumerable<string> Rows(Command command)
    {
        string[] rows =
        [
            .. command.Arguments.Select(argument => $"| `{argument.Name}` | {GeneratedPart.Cell(argument.Description!)} |"),
            .. Shown(command).Select(option => $"| {Names(option)} | {GeneratedPart.Cell(option.Description!)}{(option.Required ? " Required." : "")}{(option.HasDefaultValue && option.GetDefaultValue() is not bool ? $" Default: {option.GetDefaultValue()}." : "")} |"),
        ];
        return rows.Length == 0 ? ["No options."] : ["| Option | Meaning |", "|---|---|", .. rows];
    }

    private static string Names(Option option)
    {
        string value = option.ValueType == typeof(bool) ? "" : $" {option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant()}";
        return string.Join(", ", new[] { option.Name }.Concat(option.Aliases).Select((name, i) => $"`{name}{(i == 0 ? value.Replace("|", "\\|", StringComparison.Ordinal) : "")}`"));
    }

    private static string Paragraph(string text) =>
        text.StartsWith("Example: ", StringComparison.Ordinal) ? $"Example: `{text["Example: ".Length..]}`" : GeneratedPart.Cell(text);

    private static IEnumerable<Option> Shown(Command command) => command.Options.Where(option => !option.Hidden && option is not (HelpOption or VersionOption));

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(sub => All(sub).Prepend(sub));
}
