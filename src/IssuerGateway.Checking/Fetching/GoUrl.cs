using System.Text;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// A text as Go's net/http requests it. It takes much that <see cref="DocumentUrl"/> does not; of what this program does not
/// request all the same, such as a URL with user information, nothing is known about the parties written in Go.
/// </summary>
internal static class GoUrl
{
    // net/url: what validEncoded and escape leave alone in a path.
    private const string InPath = "-_.~$&+,/:;=@";
    private const string InEncodedPath = InPath + "!'()*[]%";

    /// <summary>The URL that is requested: without fragment, dot segments as they are, the path encoded again where it has a character that has to be; null for what is no URL.</summary>
    public static string? Requested(string text)
    {
        if (!IsRequested(text))
        {
            return null;
        }

        string url = text.Split('#')[0];
        int path = url.IndexOfAny(['/', '?'], url.IndexOf("//", StringComparison.Ordinal) + 2);
        int query = url.IndexOf('?');
        return path < 0 || path == query ? url : url[..path] + EscapedPath(query < 0 ? url[path..] : url[path..query]) + (query < 0 ? "" : url[query..]);
    }

    private static bool IsRequested(string text)
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
            && HasValidEscapes(end < 0 ? "" : rest[end..].Split('?')[0]) && HasValidEscapes(text[start..][rest.Length..]);
    }

    // net/url: EscapedPath.
    private static string EscapedPath(string path) => path.All(c => char.IsAsciiLetterOrDigit(c) || InEncodedPath.Contains(c, StringComparison.Ordinal)) ? path
        : string.Concat(Unescaped(path).Select(each => char.IsAsciiLetterOrDigit((char)each) || InPath.Contains((char)each, StringComparison.Ordinal) ? $"{(char)each}" : $"%{each:X2}"));

    private static IEnumerable<byte> Unescaped(string path)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        for (int i = 0; i < bytes.Length; i++)
        {
            bool isEscape = bytes[i] == '%';
            yield return isEscape ? Convert.FromHexString(Encoding.ASCII.GetString(bytes, i + 1, 2))[0] : bytes[i];
            i += isEscape ? 2 : 0;
        }
    }

    /// <summary>Whether net/url parses a text, which may also be relative.</summary>
    public static bool IsParsed(string text)
    {
        string path = text.Split('?', '#')[0];
        int colon = path.IndexOf(':');
        bool hasScheme = colon > 0 && char.IsAsciiLetter(path[0]) && path[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.');
        return !text.Any(c => c is < ' ' or '\x7F')
            && (!hasScheme ? !path.Split('/')[0].Contains(':', StringComparison.Ordinal) && HasValidEscapes(path)
                : path[colon..].StartsWith("://", StringComparison.Ordinal) ? IsRequested(text) || !text.StartsWith("http", StringComparison.OrdinalIgnoreCase)
                : !path[colon..].StartsWith(":/", StringComparison.Ordinal) || HasValidEscapes(path));
    }

    // net/url: validUserinfo.
    private static bool IsUserInformation(char c) => char.IsAsciiLetterOrDigit(c) || "-._:~!$&'()*+,;=%@".Contains(c, StringComparison.Ordinal);

    // net/url: shouldEscape of a host; what is not ASCII is left to the resolver.
    private static bool IsHost(string host) =>
        host.Length > 0 && host.StartsWith('[') == host.EndsWith(']') && host.All(c => c > '\x7F' || char.IsAsciiLetterOrDigit(c) || "-._~!$&'()*+,;=:[]<>\"%".Contains(c, StringComparison.Ordinal)) && (host.StartsWith('[') || !host.Contains('%'));

    private static bool HasValidEscapes(string path) =>
        path.Split('%').Skip(1).All(after => after.Length >= 2 && char.IsAsciiHexDigit(after[0]) && char.IsAsciiHexDigit(after[1]));
}
