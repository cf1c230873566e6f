using IssuerGateway.Base;
using IssuerGateway.Checking.Exchange;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>Why there is no token for Microsoft Graph. Azure.Identity's texts run over pages; the deciding line of each is kept.</summary>
internal static class SignInFailure
{
    private const string Prefix = "AADSTS";
    // SocketsHttpHandler, behind the advice of Azure.Identity about retries.
    private const string Untrusted = "The SSL connection could not be established";

    private const string Original = "Original exception: ";

    // What Azure.Identity writes about itself, and says nothing of the cause.
    private static readonly string[] boilerplate = ["See the troubleshooting guide", "To mitigate this issue", "http"];

    // What Azure.Core and MSAL write for programmers at the end of a line. Azure.Core repeats the cause once for each try, and it has a line of its own.
    private static readonly string[] advice = ["Retry failed after", "Please inspect the exception properties"];

    /// <param name="loginEndpoint">The value of <c>--login-endpoint</c>, where one was given.</param>
    public static Failure Of(Exception exception, string? loginEndpoint = null)
    {
        if (exception is SignInException known)
        {
            return known.Failure;
        }

        string whole = Whole(exception);
        if (whole.Contains(Untrusted, StringComparison.Ordinal))
        {
            return new Failure(ExitCode.CouldNotRun, "no sign-in to Entra: the sign-in endpoint has no TLS connection that both sides accept",
                $"{(loginEndpoint is null ? "" : $"check --login-endpoint {PrintableText.Of(loginEndpoint)}. ")}Where a proxy inspects TLS, add its CA to the trust store of this machine, or name a file with all roots in SSL_CERT_FILE (--ca is for the issuer only)");
        }

        string line = DecidingLine(whole);
        string text = EntraErrors.Printable(line, whole);
        return EntraErrors.Explain(line) is { } explained
            ? new Failure(ExitCode.CouldNotRun, $"no sign-in to Entra: {text}", $"{explained.Meaning}: {FixOf(explained.Code, explained.Fix)}{(EntraErrors.LinkOf(explained.Code) is { } link ? $" ({link})" : "")}")
            : new Failure(ExitCode.CouldNotRun, $"no sign-in to Entra: {text}",
                $"{(loginEndpoint is null ? "" : $"check --login-endpoint {PrintableText.Of(loginEndpoint)}; or ")}az login --allow-no-subscriptions --tenant TENANT, or --sign-in device-code, or --access-token-file FILE");
    }

    /// <summary>The texts of an exception and of those in it.</summary>
    internal static string Whole(Exception exception) => exception.InnerException is { } inner ? $"{exception.Message}\n{Whole(inner)}" : exception.Message;

    // The fixes are for a command that has --client-id; here the app that signs in is that of the environment.
    private static string FixOf(string code, string fix) => code == "AADSTS700016" ? "check AZURE_CLIENT_ID, AZURE_TENANT_ID and --tenant" : fix;

    // Entra's own words, wherever the libraries wrapped them; what stands before them says less and would push them out of a bounded line.
    private static string DecidingLine(string whole)
    {
        string[] lines = [.. whole.Split('\n').Select(WithoutAdvice).Where(line => line.Length > 0 && !boilerplate.Any(start => line.StartsWith(start, StringComparison.Ordinal)))];
        if (Array.Find(lines, line => line.Contains(Prefix, StringComparison.Ordinal)) is { } said)
        {
            return said[said.IndexOf(Prefix, StringComparison.Ordinal)..];
        }

        // MSAL: what the endpoint wrote stands behind advice that fills a line.
        if (Array.Find(lines, line => line.Contains(Original, StringComparison.Ordinal)) is { } wrapped)
        {
            return wrapped[(wrapped.IndexOf(Original, StringComparison.Ordinal) + Original.Length)..];
        }

        // "ClientSecretCredential authentication failed:" announces a cause, which is in the next line.
        string first = lines.FirstOrDefault() ?? "";
        return first.EndsWith(':') && Array.Find(lines, line => !line.EndsWith(':')) is { } cause ? $"{first} {cause}" : first;
    }

    private static string WithoutAdvice(string line)
    {
        int[] starts = [.. advice.Select(each => line.IndexOf(each, StringComparison.Ordinal)).Where(start => start >= 0)];
        return (starts.Length == 0 ? line : line[..starts.Min()]).Trim();
    }
}
