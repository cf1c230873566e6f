using Microsoft.Extensions.Primitives;

namespace IssuerGateway.Edge;

/// <summary>Whether a relying party has the current bytes already: <c>If-None-Match</c> with weak comparison (RFC 9110 §13.1.2).</summary>
internal static class IfNoneMatch
{
    /// <param name="etag">The strong validator with its quotes.</param>
    public static bool Matches(StringValues header, string etag)
    {
        foreach (string? line in header)
        {
            if (line is not null && ListMatches(line, etag))
            {
                return true;
            }
        }

        return false;
    }

    private static bool ListMatches(ReadOnlySpan<char> list, ReadOnlySpan<char> etag)
    {
        if (list.Trim(" \t").SequenceEqual("*"))
        {
            return true;
        }

        while (!(list = list.TrimStart(" \t,")).IsEmpty)
        {
            if (list.StartsWith("W/"))
            {
                list = list[2..];
            }

            if (!list.StartsWith('"') || list[1..].IndexOf('"') is not (>= 0 and int length))
            {
                // Not an entity tag: RFC 9110 lets an invalid condition be ignored.
                return false;
            }

            ReadOnlySpan<char> candidate = list[..(length + 2)];
            if (candidate.SequenceEqual(etag) || IsEncoded(candidate, etag))
            {
                return true;
            }

            list = list[(length + 2)..];
        }

        return false;
    }

    /// <summary>
    /// Whether it is our validator as a proxy that compresses has given it on: Apache's <c>"…-gzip"</c>, others' <c>-br</c> or
    /// <c>;gzip</c>. What the client has are the same bytes, decoded.
    /// </summary>
    private static bool IsEncoded(ReadOnlySpan<char> candidate, ReadOnlySpan<char> etag)
    {
        ReadOnlySpan<char> opaque = etag[..^1];
        if (candidate.Length <= etag.Length || !candidate.StartsWith(opaque))
        {
            return false;
        }

        ReadOnlySpan<char> suffix = candidate[opaque.Length..^1];
        ReadOnlySpan<char> coding = suffix.TrimStart("-;:");
        return coding.Length < suffix.Length && coding is "gzip" or "br" or "zstd" or "deflate";
    }
}
