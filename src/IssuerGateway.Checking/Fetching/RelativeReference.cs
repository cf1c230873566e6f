namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// A reference in a Location header made absolute (RFC 3986 §5.2.2), by cutting and joining texts: nothing is decoded,
/// encoded or folded on the way, and what comes out still has to pass the strict parser.
/// </summary>
internal static class RelativeReference
{
    public static string Resolve(DocumentUrl from, string reference)
    {
        if (HasScheme(reference))
        {
            // RFC 3986 §3.1: letter case does not matter in a scheme, and only there.
            int colon = reference.IndexOf(':');
            return WithoutDotsAfterHost(reference[..colon].ToLowerInvariant() + reference[colon..]);
        }

        if (reference.StartsWith("//", StringComparison.Ordinal))
        {
            return WithoutDotsAfterHost($"{from.Origin[..from.Origin.IndexOf(':')]}:{reference}");
        }

        string path = from.Target.Split('?')[0];
        return from.Origin + reference switch
        {
            "" => from.Target,
            ['?', ..] => path + reference,
            ['/', ..] => WithoutDots(reference),
            _ => WithoutDots(path[..(path.LastIndexOf('/') + 1)] + reference),
        };
    }

    // RFC 3986 §3.1; a colon behind a slash belongs to a path.
    private static bool HasScheme(string reference) =>
        reference.IndexOf(':') is > 0 and int colon && char.IsAsciiLetter(reference[0]) && reference[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.');

    private static string WithoutDotsAfterHost(string absolute) =>
        absolute.IndexOf("//", StringComparison.Ordinal) is >= 0 and int host && absolute.IndexOfAny(['/', '?'], host + 2) is >= 0 and int path && absolute[path] == '/' ? absolute[..path] + WithoutDots(absolute[path..]) : absolute;

    // RFC 3986 §5.2.4.
    private static string WithoutDots(string target)
    {
        int query = target.IndexOf('?');
        string[] segments = (query < 0 ? target : target[..query]).Split('/');
        List<string> kept = [];
        foreach (string segment in segments.Skip(1))
        {
            if (segment == ".." && kept.Count > 0)
            {
                kept.RemoveAt(kept.Count - 1);
            }

            if (segment is not ("." or ".."))
            {
                kept.Add(segment);
            }
        }

        string end = segments[^1] is "." or ".." && kept.Count > 0 ? "/" : "";
        return $"/{string.Join('/', kept)}{end}{(query < 0 ? "" : target[query..])}";
    }
}
