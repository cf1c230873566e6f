using System.Buffers;
using System.Globalization;
using System.Text;

namespace IssuerGateway.Edge;

/// <summary>What of a request target is spelling and not meaning.</summary>
internal static class RequestTarget
{
    private static readonly SearchValues<char> digits = SearchValues.Create("0123456789");

    /// <summary>Absolute form (RFC 9112 §3.2.2): scheme, authority and the rest.</summary>
    public static bool TrySplitAbsolute(ReadOnlySpan<char> target, out ReadOnlySpan<char> authority, out ReadOnlySpan<char> origin)
    {
        authority = origin = [];
        int start = target.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? "https://".Length
            : target.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? "http://".Length
            : 0;
        if (start == 0)
        {
            return false;
        }

        ReadOnlySpan<char> rest = target[start..];
        int end = rest.IndexOfAny('/', '?');
        authority = end < 0 ? rest : rest[..end];
        origin = end < 0 ? [] : rest[end..];
        return true;
    }

    /// <summary>The name of an authority: without port, without the dot that ends an absolute DNS name, without the brackets of IPv6.</summary>
    public static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> authority)
    {
        if (authority.StartsWith('['))
        {
            int end = authority.IndexOf(']');
            return end > 0 && IsPort(authority[(end + 1)..]) ? authority[1..end] : authority;
        }

        int colon = authority.LastIndexOf(':');
        ReadOnlySpan<char> name = colon >= 0 && IsPort(authority[colon..]) ? authority[..colon] : authority;
        return name.EndsWith('.') ? name[..^1] : name;
    }

    /// <summary>The path with those characters decoded that need no escape (RFC 3986 §6.2.2.2): equal by RFC 9110 §4.2.3. No other, and no dot segment is resolved.</summary>
    public static string Normal(ReadOnlySpan<char> path)
    {
        StringBuilder normal = new(path.Length);
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] == '%' && i + 2 < path.Length
                && byte.TryParse(path.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
                && IsUnreserved((char)value))
            {
                normal.Append((char)value);
                i += 2;
            }
            else
            {
                normal.Append(path[i]);
            }
        }

        return normal.ToString();
    }

    private static bool IsPort(ReadOnlySpan<char> text) => text.IsEmpty || (text[0] == ':' && text.Length <= 6 && !text[1..].ContainsAnyExcept(digits));

    // RFC 3986 §2.3
    private static bool IsUnreserved(char value) => char.IsAsciiLetterOrDigit(value) || value is '-' or '.' or '_' or '~';
}
