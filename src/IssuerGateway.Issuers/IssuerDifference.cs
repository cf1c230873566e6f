namespace IssuerGateway.Issuers;

/// <summary>Names the difference between two issuer strings for what it is; relying parties only say "mismatch".</summary>
public static class IssuerDifference
{
    private const string Scheme = "https://";
    private const string DefaultPort = ":443";

    /// <summary>What a person or a library changes in a URL without meaning another one.</summary>
    private static readonly (string Name, Func<string, string> Remove)[] spellings =
    [
        ("white space", text => text.Trim()),
        ("default port", WithoutDefaultPort),
        ("dot at the end of the host", WithoutHostDot),
        ("trailing slash", text => text.TrimEnd('/')),
        ("letter case", text => text.ToUpperInvariant()),
    ];

    /// <summary>Whether the two differ only as a URL can be spelled in several ways.</summary>
    public static bool IsSpelling(string expected, string found) => SpellingOf(expected, found).Length > 0;

    /// <summary>A noun phrase such as <c>trailing slash</c>, the most specific that explains the whole difference.</summary>
    public static string Describe(string expected, string found)
    {
        if (SpellingOf(expected, found) is { Length: > 0 } spelling)
        {
            return List(spelling);
        }

        (string scheme, string host, string port, string path) = Split(expected);
        (string otherScheme, string otherHost, string otherPort, string otherPath) = Split(found);
        List<string> parts = [];
        Note(scheme, otherScheme, "scheme");
        Note(host, otherHost, "host");
        Note(port, otherPort, "port");
        Note(path, otherPath, "path");
        return List(parts);

        void Note(string a, string b, string part)
        {
            if (!string.Equals(a, b, StringComparison.Ordinal))
            {
                parts.Add(part);
            }
        }
    }

    /// <summary>The same as a clause: <c>trailing slash differs</c>, <c>host and path differ</c>.</summary>
    public static string Clause(string expected, string found) => Describe(expected, found) is var what && what.Contains(" and ", StringComparison.Ordinal) ? $"{what} differ" : $"{what} differs";

    /// <summary>A URL, or what stands before its path, without the dot with which DNS marks a full name (RFC 1034 §3.1) and no certificate does.</summary>
    public static string WithoutHostDot(string text)
    {
        int start = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? Scheme.Length : 0, end = text.IndexOf('/', start);
        string authority = end < 0 ? text[start..] : text[start..end];
        int port = authority.LastIndexOf(':') is var colon and >= 0 ? colon : authority.Length;
        return port > 1 && authority[port - 1] == '.' ? text[..(start + port - 1)] + text[(start + port)..] : text;
    }

    private static string List(IReadOnlyList<string> parts) => parts.Count < 2 ? string.Concat(parts) : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";

    // Each that is needed for the two to be the same.
    private static string[] SpellingOf(string expected, string found)
    {
        return Same(null) ? [.. spellings.Select(spelling => spelling.Name).Where(name => !Same(name))] : [];

        bool Same(string? without)
        {
            (string Name, Func<string, string> Remove)[] used = [.. spellings.Where(spelling => spelling.Name != without)];
            return used.Aggregate(expected, (text, spelling) => spelling.Remove(text)) == used.Aggregate(found, (text, spelling) => spelling.Remove(text));
        }
    }

    /// <summary>An https URL, or what stands before its path, without <c>:443</c> (RFC 9110 §4.2.2); anything else as it is.</summary>
    public static string WithoutDefaultPort(string text)
    {
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return text;
        }

        int end = text.IndexOf('/', Scheme.Length);
        string authority = end < 0 ? text : text[..end];
        return authority.EndsWith(DefaultPort, StringComparison.Ordinal) ? authority[..^DefaultPort.Length] + text[authority.Length..] : text;
    }

    private static (string Scheme, string Host, string Port, string Path) Split(string url)
    {
        int schemeEnd = url.IndexOf("://", StringComparison.Ordinal);
        string scheme = schemeEnd < 0 ? "" : url[..schemeEnd];
        string rest = schemeEnd < 0 ? url : url[(schemeEnd + 3)..];
        int slash = rest.IndexOf('/');
        string authority = slash < 0 ? rest : rest[..slash];
        int colon = authority.IndexOf(':', authority.LastIndexOf(']') + 1);
        return (scheme, colon < 0 ? authority : authority[..colon], colon < 0 ? "" : authority[colon..], slash < 0 ? "" : rest[slash..]);
    }
}
