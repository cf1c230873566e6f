using System.Text;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace IssuerGateway.Fuzz.Targets;

/// <summary>What relying parties send.</summary>
internal static class EdgeTargets
{
    private const string ETag = "\"abc\"";

    /// <summary>Lines of one header, as they come in.</summary>
    public static void IfNoneMatch(byte[] bytes)
    {
        string[] lines = Encoding.Latin1.GetString(bytes).Split('\n');
        bool matches = Edge.IfNoneMatch.Matches(new StringValues(lines), ETag);
        BrokenPromiseException.Unless(!matches || lines.Any(line => line.Trim(' ', '\t') == "*" || line.Contains(ETag, StringComparison.Ordinal)), "only its own tag or a star match");

        if (Reference(lines) is { } reference)
        {
            bool expected = reference.Any(tag => tag.Tag == ETag || (tag.Tag == "*" && reference.Count == 1));
            BrokenPromiseException.Unless(matches == expected || reference.Any(tag => tag.Tag == "*"), "the answer of the reference");
        }
    }

    // ASP.NET's own strict reader, for what it takes as well-formed. With white space behind W/ (RFC 9110 §8.8.3 has none)
    // it takes some tags and throws at others.
    private static IList<EntityTagHeaderValue>? Reference(string[] lines) =>
        !lines.Any(line => line.Contains("W/ ", StringComparison.Ordinal) || line.Contains("W/\t", StringComparison.Ordinal))
        && EntityTagHeaderValue.TryParseStrictList(lines, out IList<EntityTagHeaderValue>? reference) ? reference : null;
}
