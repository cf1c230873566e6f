using System.CommandLine;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties;

/// <summary><c>trust render PARTY</c>: prints the registration as text to run elsewhere; it uses no network.</summary>
internal static class RenderVerb
{
    /// <param name="read">The registration, or absent when the options are wrong and said so.</param>
    /// <param name="formats">The texts of the registration; those of the pod are added.</param>
    /// <param name="needs">What the pod needs, or absent when an option that it takes is missing and that was said.</param>
    public static Command Create<T>(string party, string description, IEnumerable<Option> options, Func<OptionValues, T?> read,
        IReadOnlyDictionary<string, Func<T, string>> formats, Func<T, OptionValues, PodNeeds?> needs, Terminal terminal)
        where T : class
    {
        IReadOnlyDictionary<string, Func<PodNeeds, string>> podFormats = PodText.Formats(party);
        Option<string> format = new("--format")
        {
            Description = $"{string.Join(", ", formats.Keys)} for the registration; patch for a Deployment that needs the token, configmap and values for charts/workload-identity; init for an init container that tests the trust. Required.",
            HelpName = "FORMAT",
        };
        Command render = new(party, description) { format };
        foreach (Option option in options)
        {
            render.Options.Add(option);
        }

        render.SetAction(result =>
        {
            OptionValues values = new(result);
            string chosen = values.Required(format, OptionRule.OneOf([.. formats.Keys, .. podFormats.Keys], $"{formats.Keys.First()} is the quickest to try"));
            T? registration = read(values);
            string? text = registration is null ? null
                : formats.TryGetValue(chosen, out Func<T, string>? write) ? write(registration)
                : podFormats.TryGetValue(chosen, out Func<PodNeeds, string>? writePod) && needs(registration, values) is { } pod ? writePod(pod)
                : null;
            if (values.Errors.Count > 0 || text is null)
            {
                terminal.Fail(values.Errors);
                return ExitCode.Usage;
            }

            terminal.PrintText(text.ReplaceLineEndings("\n").TrimEnd('\n'));
            return ExitCode.Good;
        });
        return render;
    }
}
