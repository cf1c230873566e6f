using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>Text in the place of a token: what it is, and how the token is made of it.</summary>
internal static partial class TokenFileText
{
    private const string Clean = "tr -cd A-Za-z0-9._-";
    private const string Pack = "tr -d '[:space:]'";

    private static readonly (string Cause, string Fix) several = ("the file contains several tokens", "write one token into it; --token can be repeated, with a file each");

    private static readonly SearchValues<char> base64UrlCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static readonly (string Label, string What)[] pem = [("PRIVATE KEY", "a private key (PEM)"), ("PUBLIC KEY", "a public key (PEM)"), ("CERTIFICATE", "a certificate (PEM)")];

    /// <summary>What is an object of its own, and may be larger than a token.</summary>
    public static (string Cause, string Fix)? CauseInObject(string text, TokenFileCommand command) => text switch
    {
        ['<', ..] => ("the file contains HTML or XML, not a token", TokenFileCommand.Create),
        ['{', ..] or ['[', ..] when TokenFileJson.Explain(text, command) is { } json => json,
        _ when text.Contains("-----BEGIN ", StringComparison.Ordinal) => ($"the file contains {PemOf(text)}, not a token", "name the file of the token"),
        _ when TokenFileYaml.Explain(text, command) is { } yaml => yaml,
        _ => null,
    };

    /// <summary>What a text is instead of a token. A command is suggested only where what it writes is a token.</summary>
    /// <param name="text">Without the white space around it.</param>
    public static (string Cause, string Fix)? CauseIn(string text, TokenFileCommand command)
    {
        string packed = Kept(text, c => !char.IsWhiteSpace(c)), cleaned = Kept(text, IsOfToken);
        return text switch
        {
            _ when Header().Match(text) is { Success: true } header => ($"the file contains {(header.Groups[1].Value.EndsWith("e", StringComparison.OrdinalIgnoreCase) ? "a Cookie" : "an Authorization")} header", Only(text, command)),
            _ when text.StartsWith("Bearer", StringComparison.OrdinalIgnoreCase) && text.Length > 6 && (text[6] == ':' || char.IsWhiteSpace(text[6])) => ("the token is preceded by \"Bearer\"", Only(text, command)),
            _ when text.Any(c => char.IsControl(c) && !char.IsWhiteSpace(c)) => ("the file contains control characters, such as the colors of a terminal", "write it without colors, for example with jq -M"),
            ['"', ..] or ['\'', ..] or ['`', ..] or [.., '"'] or [.., '\''] or [.., '`'] when IsWholeToken(cleaned) => ("the token is in quotes", $"remove the quotes: {command.Filter(Clean)}"),
            _ when IsAssignment(text) && Started(text).Count(IsWholeToken) <= 1 => ("the token is preceded by an assignment, as in NAME=TOKEN", Only(text, command)),
            "null" => ("the file contains null, not a token",
                "jq prints null when there is no such member: a token is at .status.token of a TokenRequest and an ExecCredential, at .access_token or .id_token of the response of a token endpoint, and at '.data.token | @base64d' of a Secret"),
            _ when CauseInObject(text, command) is { } other => other,
            _ when IsEncodedToken(packed) => ("the token is base64-encoded once more, as in the data of a Secret", $"decode it first: {Decode(packed.Length < text.Length, packed, command)}"),
            _ when packed.Length < text.Length => CauseInWords(text, packed, command) ?? CauseInParts(text.Split('.')),
            _ when Started(text).Count(IsWholeToken) > 1 => several,
            [.., '%'] when IsWholeToken(text[..^1]) => ("the token is followed by %, with which zsh marks that there is no newline", $"remove it: {command.Filter(Clean)}"),
            _ when Url().IsMatch(text) => (SecretText.HasToken(text) ? "the token is within a URL" : "the file contains a URL, not a token", SecretText.HasToken(text) ? Only(text, command) : "name the file of the token"),
            _ when text.Contains('%') => ("the token is percent-encoded", IsWholeToken(Decoded(text)) && Decoded(text) == Kept(Uri.UnescapeDataString(text), IsOfToken)
                ? $"decode it first: {command.Filter("sed 's/%2[Ee]/./g; s/%2[Dd]/-/g; s/%5[Ff]/_/g; s/%[0-9A-Fa-f][0-9A-Fa-f]//g'", Clean)}" : "decode it first, and write only the token"),
            _ => CauseInParts(text.Split('.')),
        };
    }

    // White space in it is between words, or within the token.
    private static (string Cause, string Fix)? CauseInWords(string text, string packed, TokenFileCommand command)
    {
        string[] lines = text.Split('\n'), code = [.. lines.Where(line => !line.TrimStart().StartsWith('#'))];
        return text switch
        {
            _ when code.Length < lines.Length && IsWholeToken(Kept(string.Concat(code), c => !char.IsWhiteSpace(c))) => ("the file has a comment beside the token", $"write only the token: {command.Filter("grep -v '^[[:space:]]*#'", Pack)}"),
            _ when Started(text).Count(IsWholeToken) > 1 => several,
            _ when IsWholeToken(packed) && !Started(text).Any(HasWholeSignature) => text.Contains('\n') || text.Contains('\r')
                ? ("the token is broken into several lines", $"write it on one line: {command.Filter(Pack)}")
                : ("there is white space within the token", $"write only the token: {command.Filter(Pack)}"),
            _ when SecretText.HasToken(text) => ("the file has other text beside the token", Only(text, command)),
            _ => ("the file contains text, not a token", TokenFileCommand.Create),
        };
    }

    // What is not a whole token in the end has no command, which would write something else.
    private static string Only(string text, TokenFileCommand command) =>
        string.Concat(Started(text)) is var token && IsWholeToken(token) && (HasWholeSignature(token) || text.EndsWith(token.Split('.')[2], StringComparison.Ordinal)) ? $"write only the token: {command.Filter("grep -o 'eyJ[A-Za-z0-9._-]*'", "tr -d '\\n'")}"
        : Started(text).Count(IsWholeToken) > 1 ? several.Fix
        : SecretText.HasToken(text) ? "write only the token into it, on one line"
        : $"there is no JWT in it; create one: {TokenFileCommand.Create}";

    private static string Decode(bool hasSpace, string packed, TokenFileCommand command) =>
        command.Filter([.. hasSpace ? [Pack] : (string[])[], "base64 -d", .. Convert.FromBase64String(packed).Any(c => char.IsWhiteSpace((char)c)) ? [Pack] : (string[])[]]);

    private static IReadOnlyList<string> Started(string text) => [.. Start().Matches(text).Select(match => match.Value)];

    // RFC 7518 §3.3, §3.4: as long as a key of any common size makes it, so that what follows is no part of it.
    private static bool HasWholeSignature(string token) => IsWholeToken(token) && CompactToken.Parse(token) is { Algorithm: { } algorithm } && Base64Url.DecodeFromChars(token.Split('.')[2]).Length is var length
        && (algorithm.StartsWith("ES", StringComparison.Ordinal) ? length is 64 or 96 or 132 : length is 256 or 384 or 512);

    // What the command for it does: of what is encoded, a token has only the first three.
    private static string Decoded(string text) => Kept(Encoded().Replace(
        text.Replace("%2E", ".", StringComparison.OrdinalIgnoreCase).Replace("%2D", "-", StringComparison.OrdinalIgnoreCase).Replace("%5F", "_", StringComparison.OrdinalIgnoreCase), ""), IsOfToken);

    private static string Kept(string text, Func<char, bool> isKept) => string.Concat(text.Where(isKept));

    private static bool IsOfToken(char c) => c == '.' || base64UrlCharacters.Contains(c);

    /// <summary>Whether a text is a signed token and nothing else.</summary>
    public static bool IsWholeToken(string text) => text.Split('.') is [{ Length: > 0 } header, ..] parts && parts.Length == 3 && SecretText.HasToken(header + ".x") && parts.All(part => !part.ContainsAnyExcept(base64UrlCharacters));

    /// <summary>Whether it is one that is encoded once more.</summary>
    public static bool IsEncodedToken(string text)
    {
        byte[] decoded = new byte[text.Length];
        return !text.Contains('.') && Convert.TryFromBase64String(text, decoded, out int length)
            && decoded.AsSpan(0, length).StartsWith("eyJ"u8) && decoded.AsSpan(0, length).Count((byte)'.') == 2;
    }

    private static (string Cause, string Fix)? CauseInParts(string[] parts) => parts.Length switch
    {
        1 or 2 when SecretText.HasToken(parts[0]) => ($"the token has {parts.Length} part{(parts.Length == 1 ? "" : "s")}, and a signed JWT has 3", "copy the token again, whole"),
        1 => ("the token is opaque, not a JWT", TokenFileCommand.Create),
        2 when parts is [{ Length: 6 }, { Length: 16 }] => ("this is a bootstrap token, not the token of a ServiceAccount", TokenFileCommand.Create),
        5 => ("the token is encrypted (JWE), not signed", TokenFileCommand.Create),
        not 3 => ($"the token has {parts.Length} parts, and a signed JWT has 3", TokenFileCommand.Create),
        _ when parts.Any(part => part.Length == 0) => ("a part of the token is empty; its signature may have been removed", TokenFileCommand.Create),
        _ when parts.Any(part => part.ContainsAnyExcept(base64UrlCharacters)) => ("the token contains characters that base64url does not have", "copy the token again; base64url has - and _ in place of + and /, and no ="),
        _ when CauseInJson(parts) is { } fault => (fault, $"no API server writes such a token: {TokenFileCommand.Create}"),
        _ when CompactToken.Parse(string.Join('.', parts)) is null => ("the token cannot be decoded; part of it is probably missing", "copy the token again, whole"),
        _ => null,
    };

    // What is JSON for some readers and not for others is no sign of a missing part.
    private static string? CauseInJson(string[] parts) => parts.Take(2).Zip((string[])["header", "payload"])
        .Where(part => StrictBase64Url.IsValid(part.First))
        .Select(part => (part.Second, Fault: FaultOf(Base64Url.DecodeFromChars(part.First))))
        .Where(part => part.Fault is not null)
        .Select(part => $"the {part.Second} of the token {part.Fault}")
        .FirstOrDefault();

    private static string? FaultOf(byte[] part)
    {
        using JsonDocument? json = StrictJson.ParseObject(part, out string? fault, takesDuplicates: true);
        return fault switch
        {
            "an unpaired surrogate escape" => $"has {fault}",

            // Where the beginning is missing, the rest is no JSON either.
            "bytes that are not UTF-8" when StrictJson.ParseObject(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(part)), out _, takesDuplicates: true) is not null => $"has {fault}",
            ['n', 'e', 's', 't', 'e', 'd', ' ', ..] => $"is {fault}",
            _ when part.AsSpan().StartsWith("\uFEFF"u8) => "starts with a byte order mark",

            // Another value than an object, which is whole.
            ['a', ' ', 'J', 'S', 'O', 'N', ..] => $"is {fault}",
            _ => null,
        };
    }

    // RFC 7468 §2: a label ends with what is in it.
    private static string PemOf(string text)
    {
        string label = text[(text.IndexOf("-----BEGIN ", StringComparison.Ordinal) + 11)..].Split("-----")[0];
        return pem.FirstOrDefault(each => label.EndsWith(each.Label, StringComparison.Ordinal)).What ?? "PEM, a key or a certificate";
    }

    private static bool IsAssignment(string text) =>
        Assigned().Match(text) is { Success: true, Index: > 0 and var equals } && text[..equals].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ' ' or '.');

    [GeneratedRegex("^((?:Proxy-)?Authorization|(?:Set-)?Cookie)[ \\t]*:", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Header();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]*://", RegexOptions.CultureInvariant)]
    private static partial Regex Url();

    [GeneratedRegex("%[0-9A-Fa-f]{2}", RegexOptions.CultureInvariant)]
    private static partial Regex Encoded();

    [GeneratedRegex("=[\"'`]?eyJ", RegexOptions.CultureInvariant)]
    private static partial Regex Assigned();

    [GeneratedRegex("eyJ[A-Za-z0-9._-]*", RegexOptions.CultureInvariant)]
    private static partial Regex Start();
}
