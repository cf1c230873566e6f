using System.CommandLine;
using System.CommandLine.Parsing;
using IssuerGateway.Base;
using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Checking;

/// <summary>What is wrong with a command line, one sentence for each mistake, each with the command or option that was probably meant.</summary>
internal static class CommandLineFaults
{
    private const string Hidden = "[user information]";

    public static IEnumerable<(string Message, string Hint)> Of(ParseResult parsed, string program)
    {
        string help = $"{string.Join(' ', [program, .. Path(parsed.CommandResult)])} --help lists what there is";

        // A word that is not understood explains itself; that something else is missing then only follows from it.
        return parsed.UnmatchedTokens.Count > 0
            ? Unrecognized(parsed).Select(word => Explain(word, parsed.CommandResult, program, help))
            : parsed.Errors.Select(error => (LowerFirst(WithoutSecrets(error.Message, parsed).TrimEnd('.')), help));
    }

    private static string WithoutSecrets(string message, ParseResult parsed) =>
        parsed.Tokens.Where(token => SecretText.MayHaveUserInformation(token.Value)).Aggregate(message, (text, token) => text.Replace(token.Value, Hidden, StringComparison.Ordinal));

    // Behind an unknown command everything is unknown, and behind an unknown option its value.
    private static IEnumerable<string> Unrecognized(ParseResult parsed)
    {
        IReadOnlyList<string> words = parsed.UnmatchedTokens;
        return parsed.CommandResult.Command.Subcommands.Count > 0 && !IsOption(words[0]) ? [words[0]]
            : words.Where((word, i) => IsOption(word) || i == 0 || !IsOption(words[i - 1]) || words[i - 1].Contains('=', StringComparison.Ordinal));
    }

    private static (string Message, string Hint) Explain(string word, CommandResult result, string program, string help)
    {
        // A value behind = may be a credential.
        string name = IsOption(word) ? word.Split('=')[0] : word;
        Command command = result.Command;
        string[] verbs = [.. (result.Parent as CommandResult)?.Command.Subcommands.Where(verb => verb.Subcommands.Any(each => each.Name == name)).Select(verb => verb.Name) ?? []];
        if (command.Subcommands.Count > 0 && verbs.Length > 0)
        {
            string parent = string.Join(' ', [program, .. Path((CommandResult)result.Parent!)]);
            return ($"{Shown(name)} has no {command.Name}; it has {string.Join(", ", verbs)}", $"{parent} {verbs[0]} {Shown(name)} --help");
        }

        IEnumerable<string> candidates = IsOption(name) ? command.Options.Where(option => !option.Hidden).SelectMany(option => (string[])[option.Name, .. option.Aliases]) : command.Subcommands.Where(each => !each.Hidden).Select(each => each.Name);
        string? meant = candidates.Where(candidate => candidate.Length > 2).Select(candidate => (Name: candidate, Distance: EditDistance.Of(name, candidate)))
            .Where(each => each.Distance <= Math.Max(1, each.Name.Length / 4) || IsLongerForm(name, each.Name)).OrderBy(each => each.Distance).FirstOrDefault().Name;
        return ($"unrecognized command or argument '{Shown(name)}'", meant is null ? help : $"did you mean {meant}? {help}");
    }

    private static string Shown(string word) => SecretText.MayHaveUserInformation(word) ? Hidden
        : !IsOption(word) && (TokenShape.IsLike(word) || TokenShape.IsLike(word[(word.IndexOf('=') + 1)..])) ? "[token]" : PrintableText.Of(word);

    private static bool IsLongerForm(string word, string candidate) =>
        Math.Min(word.Length, candidate.Length) >= 5 && (word.StartsWith(candidate, StringComparison.OrdinalIgnoreCase) || candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase));

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-';

    private static IEnumerable<string> Path(CommandResult result) => result.Parent is CommandResult parent ? [.. Path(parent), result.Command.Name] : [];

    private static string LowerFirst(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
}
