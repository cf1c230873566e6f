using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>A URL as somebody types it into an option: what is wrong with it, and how it is shown without the secrets that people put into URLs.</summary>
public static class UrlOption
{
    /// <summary>Of a proxy: an @ in the password, for example.</summary>
    public const string UserCharacter = "its user or password has a character that must be percent-encoded";

    /// <summary>What is wrong with the base URL of a service; null for a good one.</summary>
    /// <param name="scheme">The only one that is accepted.</param>
    /// <param name="allowUserInformation">For a proxy, which may request a password.</param>
    /// <param name="allowPath">Whether the service may be below a path.</param>
    public static string? Defect(string text, string scheme, bool allowUserInformation = false, bool allowPath = false)
    {
        string prefix = $"{scheme}://";
        if (text.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return "it has white space, or a character that is not printable ASCII (an international host is written in its xn-- form)";
        }

        if (!text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return text.Contains("://", StringComparison.Ordinal) ? $"its scheme is not {scheme}" : "it has no scheme";
        }

        string rest = text[prefix.Length..];
        string authority = rest.Split('/', '?', '#', '\\')[0];
        int at = authority.LastIndexOf('@');
        if (at >= 0 && !allowUserInformation)
        {
            return "it has user information";
        }

        if (!IssuerIdentifier.TryParse($"https://{authority[(at + 1)..]}", out IssuerIdentifier server, out _))
        {
            return "its host or port is none";
        }

        string behind = rest[authority.Length..];
        if (SecretText.MayBeUserInformation(server.Host, server.Port is not null, behind))
        {
            return "it has user information";
        }

        // RFC 3986 §3.2.1: an @ within them is percent-encoded. Other programs look for the last one, and Uri takes no URL with two.
        return at >= 0 && (authority.AsSpan(0, at).Contains('@') || !Uri.TryCreate(text, UriKind.Absolute, out _)) ? UserCharacter
            : !Uri.TryCreate(text, UriKind.Absolute, out _) ? "its host or port is none"
            : behind.AsSpan().ContainsAny('?', '#', '\\') ? "it has a query, a fragment or a backslash"
            : behind.TrimEnd('/').EndsWith(IssuerIdentifier.DiscoverySuffix, StringComparison.OrdinalIgnoreCase) ? "it is the URL of a discovery document"
            : behind is not ("" or "/") && !allowPath ? "it has a path"
            : null;
    }

    /// <summary>The value in quotes, unless a part of it may be a password: before an @, and after a colon that starts neither a port nor //. Of a query or a fragment, which may grant access, nothing.</summary>
    public static string Shown(string text) =>
        HasUserInformation(text)
        || text.Split(':')[1..].Any(part => !part.StartsWith("//", StringComparison.Ordinal) && !(part.Split('/', '?', '#')[0].Trim() is { Length: <= 5 } port && port.All(char.IsAsciiDigit))) && !text.Contains('[')
            ? "the value"
            : text.IndexOfAny(['?', '#']) is >= 0 and int query ? $"\"{PrintableText.Of(text[..query])}{text[query]}...\""
            : PrintableText.Quote(text);

    /// <summary>The value of an option that takes no URL, where somebody may have pasted one: in quotes, unless a part of it may be a password.</summary>
    public static string ShownWord(string? text) => text is not null && HasUserInformation(text) ? "the value" : PrintableText.Quote(text);

    /// <summary>Whether there may be a user and a password, also in a value that is no URL.</summary>
    public static bool HasUserInformation(string text) => SecretText.MayHaveUserInformation(text);
}
