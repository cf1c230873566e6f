namespace IssuerGateway.Issuers;

/// <summary>Names the difference between two issuer strings for what it is; relying parties only say "mismatch".</summary>
public static class IssuerDifference
{
    /// <summary>A noun phrase such as <c>trailing slash</c>, the most specific that explains the whole difference.</summary>
    public static string Describe(string expected, string found)
    {
        if (expected.Trim() == found.Trim())
        {
            return "white space";
        }

        if (expected.TrimEnd('/') == found.TrimEnd('/'))
        {
            return "trailing slash";
        }

        if (string.Equals(expected, found, StringComparison.OrdinalIgnoreCase))
        {
            return "letter case";
        }

        (string scheme, string host, string port, string path) = Split(expected);
        (string otherScheme, string otherHost, string otherPort, string otherPath) = Split(found);
        List<string> parts = [];
        Note(scheme, otherScheme, "scheme");
        Note(host, otherHost, "host");
        Note(port, otherPort, "port");
        Note(path, otherPath, "path");
        return string.Join(" and ", parts);

        void Note(string a, string b, string part)
        {
            if (!string.Equals(a, b, StringComparison.Ordinal))
            {
                parts.Add(part);
            }
        }
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
