using System.Text.RegularExpressions;

namespace IssuerGateway.Base;

/// <summary>
/// The last stand against secrets in messages (CWE-532): people paste a token where its file belongs, and a password into
/// a URL. What looks like either is replaced before a message about it is written.
/// </summary>
public static partial class SecretText
{
    /// <summary>The text with tokens as <c>[token]</c> and the user information of URLs as <c>[user information]</c>.</summary>
    public static string Hide(string text) => UserInformation().Replace(Token().Replace(text, "[token]"), "$1[user information]@");

    /// <summary>Whether the text is, or contains, a signed token.</summary>
    public static bool HasToken(string text) => Token().IsMatch(text);

    // RFC 7515 §3.1: a JOSE header starts with {", in base64url eyJ; with white space between them other letters, and then a part must follow.
    [GeneratedRegex("(?<![A-Za-z0-9_-])(?:eyJ[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]*)*|e[yw][Ao0k][A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]+)+)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();

    // RFC 3986 §3.2.1. Greedy: a password may itself contain an @, and who encodes too much encodes the last one too.
    [GeneratedRegex("(://)[^/?#\\s\"']*(?:@|%40)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInformation();
}
