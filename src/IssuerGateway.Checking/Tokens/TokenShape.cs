using System.Buffers;
using System.Text.RegularExpressions;
using IssuerGateway.Base;

namespace IssuerGateway.Checking.Tokens;

/// <summary>Whether a value that belongs elsewhere may be a token, so that it is not shown.</summary>
public static partial class TokenShape
{
    private const int MinOpaqueLength = 40;

    /// <summary>Of a word in which capitals, small letters and digits are mixed, as in no name.</summary>
    private const int MinMixedLength = 24;

    /// <summary>Folders mix them too.</summary>
    private const int MinMixedLengthWithSlash = 100;

    private const string Base64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly SearchValues<char> base64UrlCharacters = SearchValues.Create(Base64Url);

    private static readonly SearchValues<char> tokenCharacters = SearchValues.Create(Base64Url + "+/~");

    /// <summary>Signed, signed and encoded once more as in a Secret, a bootstrap token, one of Vault or Google, or the long word that an opaque one is (RFC 6750 §2.1).</summary>
    public static bool IsLike(string text) =>
        SecretText.HasToken(text) || TokenFileText.IsEncodedToken(text) || Bootstrap().IsMatch(text) || Prefixed().IsMatch(text)
        || (text.Length >= MinOpaqueLength && !text.AsSpan().TrimEnd('=').ContainsAnyExcept(base64UrlCharacters))
        || (text.Length >= (text.Contains('/') ? MinMixedLengthWithSlash : MinMixedLength) && IsMixed(text.TrimEnd('=')));

    // A path starts otherwise, and an id is one of RFC 9562.
    private static bool IsMixed(string text) => text is [not ('/' or '~' or '-'), ..] && !text.AsSpan().ContainsAnyExcept(tokenCharacters) && !Guid.TryParse(text, out _)
        && text.Any(char.IsAsciiLetterUpper) && text.Any(char.IsAsciiLetterLower) && text.Any(char.IsAsciiDigit);

    /// <summary>What is in the place of a file and is none, so that it is not shown; null for a path.</summary>
    public static string? InPlaceOfFile(string path) => Path.Exists(path) ? null
        : path.Contains("://", StringComparison.Ordinal) ? "the value is a URL, and a file is expected"
        : IsLike(path) ? "the value is a token, and a file is expected"
        : null;

    [GeneratedRegex("^(?:hv[sbr]|[sbr]|ya29)\\.[A-Za-z0-9_-]{20,}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Prefixed();

    // Kubernetes, bootstrap tokens: an id of 6 characters and a secret of 16.
    [GeneratedRegex("^[a-z0-9]{6}\\.[a-z0-9]{16}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Bootstrap();
}
