using System.CommandLine;
using IssuerGateway.Settings;

namespace IssuerGateway.Cli.EntraRender;

/// <summary><c>entra render</c>: prints the app registration as text to run elsewhere; it asks nothing of any network.</summary>
internal static class EntraRenderCommand
{
    private static readonly Dictionary<string, Func<AppRegistration, string>> formats = new(StringComparer.OrdinalIgnoreCase)
    {
        ["az"] = AzText.Text,
        ["bicep"] = BicepText.Text,
        ["terraform"] = TerraformText.Text,
        ["json"] = RenderedRequests.Text,
    };

    /// <summary>The command <c>entra</c> with its only verb, to be added to the root command.</summary>
    public static Command Create(Terminal terminal)
    {
        RegistrationOptions options = new();
        Option<string> format = new("--format") { Description = "az (bash script), bicep, terraform, or json (requests to Microsoft Graph). Required.", HelpName = "FORMAT" };
        Command render = new("render", "Prints the app registration of Entra ID as text that is ready to run; no network.") { format };
        options.AddTo(render);
        render.SetAction(result => Render(options.Read(result), result.GetValue(format), terminal));
        return new Command("entra", "The side of Entra ID: the app registration that trusts this cluster.") { render };
    }

    internal static int Render(RegistrationInput input, string? format, Terminal terminal)
    {
        AppRegistration? registration = RegistrationRules.Judge(input, out IReadOnlyList<SettingError> errors);
        if (!formats.TryGetValue(format ?? "", out Func<AppRegistration, string>? text))
        {
            errors = [new SettingError("--format", format is null ? "nothing" : OptionText.Show(format), $"one of {string.Join(", ", formats.Keys)}", "az is the quickest to try"), .. errors];
        }

        if (registration is null || text is null)
        {
            terminal.Fail(errors);
            return ExitCode.Usage;
        }

        // To the error stream, so that the text can be piped into a file or a shell.
        if (registration.Cloud.Warning is { } warning)
        {
            terminal.Warn(warning.Message, warning.Hint);
        }

        terminal.Print(text(registration).TrimEnd('\n'));
        return ExitCode.Good;
    }
}
