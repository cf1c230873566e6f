using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>What an issuer must be before it is given to an API server; stricter than what a gateway can publish.</summary>
internal static class IssuerRules
{
    // RFC 3986 §2.3 unreserved, the slash, and the colon of a port, which has a message of its own.
    private static readonly System.Buffers.SearchValues<char> plain = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~/:");

    /// <summary>Why the text cannot become the issuer, with what to do; null when it can.</summary>
    public static (string Message, string Hint)? Reject(string text)
    {
        if (text.Contains(',', StringComparison.Ordinal))
        {
            return ("contains a comma: --service-account-issuer would take it as one issuer, --api-audiences as two values", "give one issuer; the plan writes the second one itself");
        }

        if (!IssuerIdentifier.TryParse(text, out IssuerIdentifier identifier, out (string Expected, string Hint) fault))
        {
            return Reject(fault.Expected, fault.Hint);
        }

        if (text.AsSpan("https://".Length).IndexOfAnyExcept(plain) is var special and >= 0)
        {
            return ($"contains '{text["https://".Length + special]}', which shells, YAML or flags may take for something else", "use letters, digits and . - _ ~ / only");
        }

        if (identifier.Host.EndsWith('.'))
        {
            return ("has a host that ends with a dot, which no certificate names", $"write \"https://{identifier.Host.TrimEnd('.')}{text["https://".Length..][identifier.Host.Length..]}\"");
        }

        if (identifier.Host.Contains('_', StringComparison.Ordinal))
        {
            // CA/Browser Forum Baseline Requirements §7.1.4.2.1.
            return ("has an underscore in its host, for which no public CA issues a certificate", "use letters, digits, dashes and dots in the host");
        }

        if (identifier.HasTrailingSlash)
        {
            return ("ends with a slash, which every relying party compares as part of the name", $"write \"{text.TrimEnd('/')}\"");
        }

        if (identifier.Host.Any(char.IsAsciiLetterUpper))
        {
            return ("has upper case letters in its host, which relying parties compare in different ways", $"write \"https://{identifier.Host.ToLowerInvariant()}{text["https://".Length..][identifier.Host.Length..]}\"");
        }

        return identifier.Port is { } port
            ? ($"names port {port}: some relying parties drop or reject a port in an issuer", $"write \"https://{identifier.Host.ToLowerInvariant()}{identifier.Path}\" and serve it on port 443")
            : null;
    }

    // The parser says what it expects of an issuer that a server has already; this one is still to be chosen.
    private static (string, string) Reject(string expected, string hint) => expected switch
    {
        "an https URL" => ("is not an https URL", "OIDC Discovery §3 requires https: write https://HOST or https://HOST/PATH"),
        "printable ASCII without white space" => ("is not printable ASCII without white space", "remove white space and write an international host in its xn-- form"),
        ['n', 'o', ' ', .. var part] => ($"contains a {part}", "OIDC Discovery §3 forbids them: write https://HOST or https://HOST/PATH"),
        ['a', 't', ' ', ..] => ($"is too long: {expected} are possible", "choose a shorter host or path"),
        ['a', ' ', 'h', 'o', 's', 't', ..] => ("has no valid host after https://", hint),
        ['a', ' ', 'p', 'a', 't', 'h', ..] => ("has a path with empty or dot segments", hint),
        ['U', 'R', 'L', ..] => ("has a path with a character that a URL must not have", hint),
        ['t', 'h', 'e', ' ', 'i', 's', 's', 'u', 'e', 'r', ..] => ("is the URL of a discovery document, not the issuer", hint),
        _ => ($"is not {expected}", hint),
    };

    public static bool IsPrivate(string text) => IssuerIdentifier.TryParse(text, out IssuerIdentifier identifier, out _) && identifier.IsPrivateHost;

    public static bool IsAddress(string text) => IssuerIdentifier.TryParse(text, out IssuerIdentifier identifier, out _) && System.Net.IPAddress.TryParse(identifier.Host, out _);

    public static string KeySetUri(string issuer) => $"{issuer}/openid/v1/jwks";
}
