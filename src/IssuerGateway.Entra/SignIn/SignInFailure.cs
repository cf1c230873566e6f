using IssuerGateway.Checking;
using IssuerGateway.Cli.EntraRender;

namespace IssuerGateway.Entra.SignIn;

/// <summary>Why there is no token for Microsoft Graph. Azure.Identity's texts run over pages; the deciding line of each is kept.</summary>
internal static class SignInFailure
{
    private const string Prefix = "AADSTS";

    public static Failure Of(string message)
    {
        string[] lines = [.. message.Split('\n').Select(text => text.Trim())];
        string line = lines.FirstOrDefault(text => text.Contains(Prefix, StringComparison.Ordinal)) ?? lines[0];
        return EntraErrors.Explain(line) is { } known
            ? new Failure(ExitCode.CouldNotRun, $"no sign-in to Entra: {OptionText.Plain(line)}", $"{known.Meaning}: {known.Fix}")
            : new Failure(ExitCode.CouldNotRun, $"no sign-in to Entra: {OptionText.Plain(line)}",
                "az login --tenant TENANT, or --sign-in device-code, or --access-token-file FILE");
    }
}
