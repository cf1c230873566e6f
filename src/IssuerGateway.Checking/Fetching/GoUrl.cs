namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// Whether Go's net/http requests a text as a URL. It takes much that <see cref="DocumentUrl"/> does not, so that of a URL
/// which this program does not request nothing is known about the parties written in Go.
/// </summary>
internal static class GoUrl
{
    public static bool IsRequested(string text)
    {
        int start = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7 : -1;
        if (start < 0 || text.Any(c => c is < ' ' or '\x7F'))
        {
            return false;
        }

        string rest = text[start..].Split('#')[0];
        int end = rest.IndexOfAny(['/', '?']);
        string authority = end < 0 ? rest : rest[..end];
        int at = authority.LastIndexOf('@');
        string host = authority[(at + 1)..];
        int colon = host.IndexOf(':', host.LastIndexOf(']') + 1);
        return (at < 0 || authority[..at].All(IsUserInformation)) && IsHost(colon < 0 ? host : host[..colon]) && (colon < 0 || host[(colon + 1)..].All(char.IsAsciiDigit))
            && HasValidEscapes(end < 0 ? "" : rest[end..].Split('?')[0]);
    }

    /// <summary>Whether net/url parses a text, which may also be relative.</summary>
    public static bool IsParsed(string text) => !text.Any(c => c is < ' ' or '\x7F') && (text.Contains("://", StringComparison.Ordinal) ? IsRequested(text) || !text.StartsWith("http", StringComparison.OrdinalIgnoreCase) : HasValidEscapes(text.Split('?', '#')[0]));

    // net/url: validUserinfo.
    private static bool IsUserInformation(char c) => char.IsAsciiLetterOrDigit(c) || "-._:~!$&'()*+,;=%@".Contains(c, StringComparison.Ordinal);

    // net/url: shouldEscape of a host; what is not ASCII is left to the resolver.
    private static bool IsHost(string host) =>
        host.Length > 0 && host.StartsWith('[') == host.EndsWith(']') && host.All(c => c > '\x7F' || char.IsAsciiLetterOrDigit(c) || "-._~!$&'()*+,;=:[]<>\"%".Contains(c, StringComparison.Ordinal)) && (host.StartsWith('[') || !host.Contains('%'));

    private static bool HasValidEscapes(string path) =>
        path.Split('%').Skip(1).All(after => after.Length >= 2 && char.IsAsciiHexDigit(after[0]) && char.IsAsciiHexDigit(after[1]));
}
