using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary><c>trust render entra-app</c>: prints the app registration as text to run elsewhere; it asks nothing of any network.</summary>
internal static class RenderCommand
{
    private static readonly Dictionary<string, Func<AppRegistration, string>> formats = new(StringComparer.OrdinalIgnoreCase)
    {
        ["az"] = AzText.Text,
        ["bicep"] = BicepText.Text,
        ["terraform"] = TerraformText.Text,
        ["json"] = RenderedRequests.Text,
    };

    public static Command Create(Terminal terminal)
    {
        RegistrationOptions options = new();
        Option<string> format = new("--format") { Description = "az (bash script), bicep, terraform, or json (requests to Microsoft Graph). Required.", HelpName = "FORMAT" };
        Command render = new(EntraAppParty.Name, "Prints the app registration of Entra ID as text that is ready to run; no network.") { format };
        options.AddTo(render);
        render.SetAction(result => Render(options.Read(result), result.GetValue(format), terminal));
        return render;
    }

    internal static int Render(RegistrationInput input, string? format, Terminal terminal)
    {
        AppRegistration? registration = RegistrationRules.Judge(input, out IReadOnlyList<SettingError> errors);
        if (!formats.TryGetValue(format ?? "", out Func<AppRegistration, string>? text))
        {
            errors = [new SettingError("--format", format is null ? "nothing" : PrintableText.Quote(format), $"one of {string.Join(", ", formats.Keys)}", "az is the quickest to try"), .. errors];
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

        terminal.PrintText(text(registration).TrimEnd('\n'));
        return ExitCode.Good;
    }
}
