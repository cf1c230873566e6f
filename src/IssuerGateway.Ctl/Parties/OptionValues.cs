using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;

namespace IssuerGateway.Ctl.Parties;

/// <summary>Reads the options of one command line by their rules and collects everything that is wrong with them.</summary>
internal sealed class OptionValues(ParseResult result)
{
    private readonly List<SettingError> errors = [];

    public IReadOnlyList<SettingError> Errors => errors;

    /// <summary>The value, or an empty text with an error.</summary>
    public string Required(Option<string> option, OptionRule rule) => Checked(option.Name, result.GetValue(option), rule, required: true) ?? "";

    public string? Optional(Option<string> option, OptionRule rule) => Checked(option.Name, result.GetValue(option), rule, required: false);

    public IReadOnlyList<string> Each(Option<string[]> option, OptionRule rule, bool required = false)
    {
        string[] values = result.GetValue(option) ?? [];
        if (required && values.Length == 0)
        {
            Reject(option.Name, "nothing", rule.Expected, rule.Hint);
        }

        foreach (IGrouping<string, string> same in values.GroupBy(value => value))
        {
            Checked(option.Name, same.Key, rule, required: true);
            if (same.Count() > 1)
            {
                Reject(option.Name, $"{PrintableText.Quote(same.Key)} more than once", "each value once", "remove the repetition");
            }
        }

        return values;
    }

    public bool IsGiven(Option option) => result.GetResult(option) is { Implicit: false };

    public string? Raw(Option<string> option) => result.GetValue(option);

    public void Reject(string option, string found, string expected, string hint) => errors.Add(new SettingError(option, found, expected, hint));

    private string? Checked(string option, string? value, OptionRule rule, bool required)
    {
        if (value is null ? required : !rule.Holds(value))
        {
            Reject(option, value is null ? "nothing" : rule.IsUrl ? UrlOption.Shown(value) : PrintableText.Quote(value), rule.Expected, rule.Hint);
        }

        return value;
    }
}
