using IssuerGateway.Base;
using IssuerGateway.Checking.Exchange;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>Why there is no token for Microsoft Graph. Azure.Identity's texts run over pages; the deciding line of each is kept.</summary>
internal static class SignInFailure
{
    private const string Prefix = "AADSTS";

    public static Failure Of(Exception exception)
    {
        if (exception is AccessTokenFileException file)
        {
            return new Failure(ExitCode.Usage, file.Message, AccessTokenFileException.Hint);
        }

        string line = DecidingLine(exception);
        string text = EntraErrors.Printable(line, Whole(exception));
        return EntraErrors.Explain(line) is { } known
            ? new Failure(ExitCode.CouldNotRun, $"no sign-in to Entra: {text}", $"{known.Meaning}: {known.Fix}{(EntraErrors.LinkOf(known.Code) is { } link ? $" ({link})" : "")}")
            : new Failure(ExitCode.CouldNotRun, $"no sign-in to Entra: {text}",
                "az login --allow-no-subscriptions --tenant TENANT, or --sign-in device-code, or --access-token-file FILE");
    }

    private static string Whole(Exception exception) => exception.InnerException is { } inner ? $"{exception.Message}\n{Whole(inner)}" : exception.Message;

    // Entra's own words, wherever the libraries wrapped them; what stands before them says less and would push them out of a bounded line.
    private static string DecidingLine(Exception exception)
    {
        List<string> lines = [];
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            lines.AddRange(e.Message.Split('\n').Select(text => text.Trim()));
        }

        return lines.Find(text => text.Contains(Prefix, StringComparison.Ordinal)) is { } said
            ? said[said.IndexOf(Prefix, StringComparison.Ordinal)..]
            : lines[0];
    }
}
