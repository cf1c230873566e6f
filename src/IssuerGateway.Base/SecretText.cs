using System.Text.RegularExpressions;

namespace IssuerGateway.Base;

/// <summary>
/// The last stand against secrets in messages (CWE-532): people paste a token where its file belongs, and a password into
/// a URL. What looks like either is replaced before a message about it is written.
/// </summary>
public static partial class SecretText
{
    /// <summary>The text with tokens as <c>[token]</c> and the user information of URLs as <c>[user information]</c>.</summary>
    public static string Hide(string text) => Word().Replace(Token().Replace(text, "[token]"), word => WithoutUserInformation(word.Value));

    /// <summary>Whether the text is, or contains, a signed token.</summary>
    public static bool HasToken(string text) => Token().IsMatch(text);

    /// <summary>Whether there may be a user and a password, also in a text that is no URL: whether anything in it is an @ to somebody.</summary>
    public static bool MayHaveUserInformation(string text) => At().IsMatch(text);

    /// <summary>
    /// Whether what every parser takes for host, port and path may be a user and a password with a slash in it
    /// (<c>https://user:12/rest-of-the-password@host</c>). A name without a dot is no public host, and behind such an @ stands one.
    /// </summary>
    public static bool MayBeUserInformation(string host, bool hasPort, string path) => At().Matches(path) is [.., { } last]
        && ((!host.Contains('.') && !host.StartsWith('[') && !host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            || (hasPort && path[(last.Index + last.Length)..].Split('/')[0] is var behind && (behind.Contains('.') || behind.StartsWith("localhost", StringComparison.OrdinalIgnoreCase))));

    // Up to the last @ only: behind it each :// would be tried up to the end without a match, and a hostile text may have thousands.
    private static string WithoutUserInformation(string word) => At().Matches(word) is not [.., { } last] ? word
        : $"{UserInformation().Replace(word[..(last.Index + last.Length)], "$1[user information]@")}{word[(last.Index + last.Length)..]}";

    [GeneratedRegex("[^\\s\"']+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    // RFC 7515 §3.1: a JOSE header starts with {", in base64url eyJ; with white space between them other letters, and then a part must follow.
    [GeneratedRegex("(?<![A-Za-z0-9_-])(?:eyJ[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]*)*|e[yw][Ao0k][A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]+)+)", RegexOptions.CultureInvariant)]
    private static partial Regex Token();

    // Once or several times percent-encoded; U+FF20 and U+FE6B are what input methods make of it.
    private const string AtSign = "(?:[@\uFF20\uFE6B]|%(?:25)*40|%(?:25)*[Ee][Ff]%(?:25)*(?:[Bb][Cc]%(?:25)*[Aa]0|[Bb]9%(?:25)*[Aa][Bb]))";

    [GeneratedRegex(AtSign, RegexOptions.CultureInvariant)]
    private static partial Regex At();

    // RFC 3986 §3.2.1. Greedy: a password may itself contain an @, and who encodes too much encodes the last one too.
    // Behind a colon that starts no port, it may contain a slash as well, which ends the authority for every parser.
    [GeneratedRegex("(://)(?:[^/?#\\s\"':\\[\\]]*:(?![0-9]{1,5}(?:[/?#\\s\"']|$))[^\\s\"']*" + AtSign + "|[^/?#\\s\"']*" + AtSign + ")", RegexOptions.CultureInvariant)]
    private static partial Regex UserInformation();
}
