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
            return ($"is not {fault.Expected}", fault.Hint);
        }

        if (text.AsSpan("https://".Length).IndexOfAnyExcept(plain) is var special and >= 0)
        {
            return ($"contains '{text["https://".Length + special]}', which shells, YAML or flags may take for something else", "use letters, digits and . - _ ~ / only");
        }

        if (identifier.HasTrailingSlash)
        {
            return ("ends with a slash, which every relying party compares as part of the name", $"write \"{text.TrimEnd('/')}\"");
        }

        return identifier.Port is { } port
            ? ($"names port {port}: some relying parties drop or reject a port in an issuer", $"write \"https://{identifier.Host}{identifier.Path}\" and serve it on port 443")
            : null;
    }

    public static bool IsPrivate(string text) => IssuerIdentifier.TryParse(text, out IssuerIdentifier identifier, out _) && identifier.IsPrivateHost;

    public static string KeySetUri(string issuer) => $"{issuer}/openid/v1/jwks";
}
