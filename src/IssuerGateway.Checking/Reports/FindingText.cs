using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Reports;

/// <summary>A finding for a person at a terminal of 80 columns.</summary>
internal static class FindingText
{
    private const int Width = 80;
    private const int Indent = 15;

    /// <summary>The cause with its id, what was found, what each party responds, the fix, and the page of the rule.</summary>
    /// <param name="same">Findings of one rule, which are one problem to a reader: both documents with a wrong type, for example.</param>
    /// <param name="parties">How many parties the reader requested; of one the name is not repeated.</param>
    public static IEnumerable<string> Lines(IReadOnlyList<CheckFinding> same, int parties, DateTimeOffset now)
    {
        CheckFinding first = same[0];
        Severity severity = same.Max(finding => finding.Severity);
        foreach (string line in Wrapped($"{Mark(severity == Severity.Error ? StepOutcome.Failed : StepOutcome.Warned)} ", $"{first.Rule.Cause} [{first.Id}]", 2))
        {
            yield return line;
        }

        (string Name, string Text)[] rows =
        [
            .. Texts(same, parties, finding => finding.Found, isOfToken: true).Select(found => ("Found", found)),
            .. Responses(same, parties, now),
            .. Texts(same, parties, finding => finding.Fix).Select(fix => ("Fix", fix)),
            ("More", first.Rule.Link),
        ];
        foreach ((string name, string text) in rows)
        {
            foreach (string line in name.Length > 10 ? Wrapped("    ", $"{name}: {text}", Indent)
                : name == "Fix" ? FixLines($"    {name,-11}", text)
                : Wrapped($"    {name,-11}", text, Indent))
            {
                yield return line;
            }
        }
    }

    // What is so for some of the parties only is said with their names, and what was found of one of several tokens with its file.
    private static IEnumerable<string> Texts(IReadOnlyList<CheckFinding> same, int parties, Func<CheckFinding, string> textOf, bool isOfToken = false)
    {
        (string Text, string Parties, string Tokens)[] each =
        [
            .. same.GroupBy(finding => (Text: textOf(finding), finding.Token))
                .Select(group => (group.Key.Text, group.Key.Token, Parties: string.Join(", ", group.SelectMany(finding => finding.Responses).Select(entry => entry.Party).Distinct())))
                .GroupBy(one => (one.Text, one.Parties))
                .Select(group => (group.Key.Text, group.Key.Parties, string.Join(", ", group.Select(one => one.Token).OfType<string>()))),
        ];
        bool namesParties = parties > 1 && each.Any(other => other.Parties != each[0].Parties);
        bool namesTokens = isOfToken || each.Length > 1;
        return each.Select(one => string.Join(" as ", new[] { namesTokens ? one.Tokens : "", namesParties ? one.Parties : "" }.Where(part => part.Length > 0)) is { Length: > 0 } who ? $"{who}: {one.Text}" : one.Text);
    }

    // Of a warning nobody expects a response, so that none is recorded is no news.
    private static IEnumerable<(string Name, string Text)> Responses(IReadOnlyList<CheckFinding> same, int parties, DateTimeOffset now) =>
        same.SelectMany(finding => finding.Responses).Where(entry => entry.Response is not null || entry.Severity == Severity.Error).DistinctBy(entry => entry.Party)
            .GroupBy(entry => $"{entry.Response ?? "not recorded"}{MarkOf(entry)}{(entry.Source.IsOutdated(now) ? " (read over a year ago)" : "")}", StringComparer.Ordinal)
            .Select(group => (parties == 1 ? "Response" : string.Join(", ", group.Select(entry => entry.Party)), group.Key));

    /// <summary>What a reader must know of a text: that nobody knows whether the party rejects, or only not in which words.</summary>
    internal static string MarkOf(PartyRule entry) => entry.ResponseEvidence != Evidence.Unconfirmed ? "" : entry.Evidence == Evidence.Unconfirmed ? " (unconfirmed)" : " (wording unconfirmed)";

    private static readonly string[] programs = ["az ", "kubectl ", "issuerctl ", "openssl ", "curl ", "dig ", "printf ", "jq ", "tail ", "iconv ", "timedatectl "];

    // Commands that follow a colon and do not fit beside it have lines of their own, so that each can be copied.
    private static IEnumerable<string> FixLines(string label, string fix)
    {
        // The first colon behind which there are only commands: another may be within a value of theirs.
        int colon = Colons(fix).FirstOrDefault(at => fix[(at + 2)..].Split("; ").All(IsCommand), -1);
        string[] commands = colon < 0 ? [] : fix[(colon + 2)..].Split("; ");
        return IsCommand(fix) ? WrappedCommand(label, fix, Indent)
            : label.Length + fix.Length <= Width || commands.Length == 0 ? Wrapped(label, fix, Indent)
            : Wrapped(label, fix[..(colon + 1)], Indent).Concat(commands.SelectMany(command => WrappedCommand(new string(' ', Indent), command, Indent)));
    }

    private static IEnumerable<int> Colons(string text)
    {
        for (int at = text.IndexOf(": ", StringComparison.Ordinal); at >= 0; at = text.IndexOf(": ", at + 1, StringComparison.Ordinal))
        {
            yield return at;
        }
    }

    // Behind a comma or a semicolon there is advice, unless it is in quotes.
    private static bool IsCommand(string fix) => programs.Any(program => fix.StartsWith(program, StringComparison.Ordinal)) && ShellText.Parts(fix).All(part => part.IsOpen || (!part.Part.EndsWith(',') && !part.Part.EndsWith(';')));

    // With a backslash at the end of a line the lines are one command to the shell that they are copied into.
    private static IEnumerable<string> WrappedCommand(string first, string command, int indent)
    {
        string line = first;
        bool isEmpty = true;
        string end = "";
        foreach ((string part, bool isOpen) in WithValues(ShellText.Parts(command)))
        {
            if (!isEmpty && line.Length + 1 + part.Length + 2 > Width)
            {
                yield return line + end;
                (line, isEmpty) = (new string(' ', indent), true);
            }

            line += isEmpty ? part : $" {part}";
            (isEmpty, end) = (false, isOpen ? "" : " \\");
        }

        yield return line;
    }

    // An option and its value are read together.
    private static IEnumerable<(string Part, bool IsOpen)> WithValues(IEnumerable<(string Part, bool IsOpen)> parts)
    {
        (string Part, bool IsOpen)? option = null;
        foreach ((string part, bool isOpen) in parts)
        {
            if (option is { } before && !part.StartsWith('-') && before.Part.Length + 1 + part.Length <= Width - Indent - 2)
            {
                yield return ($"{before.Part} {part}", isOpen);
                option = null;
                continue;
            }

            if (option is not null)
            {
                yield return option.Value;
            }

            option = part.Length > 2 && part.StartsWith('-') && !isOpen && !part.Contains('=', StringComparison.Ordinal) ? (part, isOpen) : null;
            if (option is null)
            {
                yield return (part, isOpen);
            }
        }

        if (option is not null)
        {
            yield return option.Value;
        }
    }

    // A word is never broken: a URL or a command must stay one to be copied.
    internal static IEnumerable<string> Wrapped(string first, string text, int indent)
    {
        string line = first;
        bool isEmpty = true;
        foreach (string word in text.Split(' '))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                yield return line;
                (line, isEmpty) = (new string(' ', indent), true);
            }

            line += isEmpty ? word : $" {word}";
            isEmpty = false;
        }

        yield return line;
    }

    internal static string Mark(StepOutcome outcome) => outcome switch
    {
        StepOutcome.Passed => "✓",
        StepOutcome.Warned => "!",
        StepOutcome.Failed => "✗",
        _ => "–",
    };
}
