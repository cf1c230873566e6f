using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering.Texts;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary><c>trust render entra-app</c>: prints the app registration, or what its pods need, as text to run elsewhere; no network.</summary>
internal static class RenderCommand
{
    private static readonly Dictionary<string, Func<AppRegistration, string>> formats = new(StringComparer.OrdinalIgnoreCase)
    {
        ["az"] = AzText.Text,
        ["bicep"] = BicepText.Text,
        ["terraform"] = TerraformText.Text,
        ["json"] = RenderedRequests.Text,
    };

    private static readonly Dictionary<string, Func<AppRegistration, AppPod, string>> podFormats = new(StringComparer.OrdinalIgnoreCase)
    {
        ["patch"] = AppPodText.Patch,
        ["configmap"] = AppPodText.ConfigMap,
        ["values"] = AppPodText.ChartValues,
        ["init"] = AppPodText.InitContainer,
    };

    public static Command Create(Terminal terminal)
    {
        RegistrationOptions options = new();
        PodOptions pod = new();
        Option<string> format = new("--format")
        {
            Description = "az (bash script), bicep, terraform, or json (requests to Microsoft Graph) for the registration; patch for a Deployment that needs the token, configmap and values for charts/workload-identity; init for an init container that tests the trust. Required.",
            HelpName = "FORMAT",
        };
        Command render = new(EntraAppParty.Name, "Prints the app registration of Entra ID as text that is ready to run; no network.") { format };
        options.AddTo(render);
        foreach (Option option in pod.All)
        {
            render.Options.Add(option);
        }

        render.SetAction(result =>
        {
            OptionValues values = new(result);
            string? chosen = result.GetValue(format);
            AppPod? wanted = podFormats.ContainsKey(chosen ?? "") ? pod.Read(values) : null;
            return Render(options.Read(result), chosen, wanted, values.Errors, terminal);
        });
        return render;
    }

    internal static int Render(RegistrationInput input, string? format, Terminal terminal) => Render(input, format, null, [], terminal);

    private static int Render(RegistrationInput input, string? format, AppPod? pod, IReadOnlyList<SettingError> podErrors, Terminal terminal)
    {
        AppRegistration? registration = RegistrationRules.Validate(input, out IReadOnlyList<SettingError> errors);
        bool isForPod = podFormats.ContainsKey(format ?? "");
        if (!isForPod && !formats.ContainsKey(format ?? ""))
        {
            errors = [new SettingError("--format", format is null ? "nothing" : PrintableText.Quote(format), $"one of {string.Join(", ", formats.Keys.Concat(podFormats.Keys))}", "az is the quickest to try"), .. errors];
        }

        if (registration is null || errors.Count + podErrors.Count > 0)
        {
            terminal.Fail([.. errors, .. podErrors]);
            return ExitCode.Usage;
        }

        // To the error stream, so that the text can be piped into a file or a shell.
        if (!isForPod && registration.Cloud.Warning is { } warning)
        {
            terminal.Warn(warning.Message, warning.Hint);
        }

        terminal.PrintText((isForPod ? podFormats[format!](registration, pod!) : formats[format!](registration)).TrimEnd('\n'));
        return ExitCode.Good;
    }
}
